import { ApiError, ClientError } from '@verbatim/client';
import { SttError } from '@verbatim/contracts';
import { ConfigError, ListenError } from '@verbatim/kit';
import { ModelError } from '@verbatim/speech';

/** What the command ends with. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Something the user can act on; `message` is one sentence. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
}

/** The command was called wrongly; `message` is one sentence. */
export class UsageError extends CliError {
  override readonly name = 'UsageError';
}

/** Whoever read the results has gone, as `head` does: there is nobody left to write for. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/** A signal ended the command. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals, signalNumber: number) {
    super(`Ended by ${signal}.`);
    this.exitCode = 128 + signalNumber;
  }
}

/** The error as a sentence for the user; what is none of ours is a fault in the program and keeps its stack. */
export function sentenceOf(error: unknown): string {
  if (error instanceof SttError) return `${error.message} [${error.code}]`;
  if (SENTENCES.some((kind) => error instanceof kind)) return (error as Error).message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const SENTENCES = [CliError, ClientError, ApiError, ModelError, ConfigError, ListenError] as const;
