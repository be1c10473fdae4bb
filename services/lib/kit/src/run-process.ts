import { SttError } from '@verbatim/contracts';
import { ConfigError } from './env.ts';
import { ListenError } from './listen-error.ts';

type ErrorClass = abstract new (...args: never[]) => Error;

/** Errors whose message is a sentence for the user; anything else is a fault of ours and keeps its stack. */
const SENTENCES: readonly ErrorClass[] = [ConfigError, ListenError, SttError];

/**
 * Runs `main` and ends the process with the exit code that it gives. An error goes to standard error, with 1: one of
 * the user's kind, or of `sentences`, as its sentence alone.
 */
export const runProcess = (main: () => Promise<number>, sentences: readonly ErrorClass[] = []): void => {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${wordsOf(error, [...SENTENCES, ...sentences])}\n`);
      process.exit(1);
    },
  );
};

const wordsOf = (error: unknown, sentences: readonly ErrorClass[]): string => {
  if (!(error instanceof Error)) return String(error);
  return sentences.some((kind) => error instanceof kind) ? error.message : (error.stack ?? error.message);
};

/** Writes a line for the user to standard output. */
export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** `host` and `port` as they stand in a URL: an IPv6 address gets brackets. */
export const hostPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
