import { serverAddress } from '@verbatim/client';
import {
  SESSION_LIMITS,
  SESSION_TASKS,
  type SessionRequest,
  type SessionTask,
  sessionRequestSchema,
} from '@verbatim/contracts';
import { InvalidArgumentError, Option } from 'commander';

/** The options of everything that recognises speech. */
export interface SpeechOptions {
  readonly server?: string;
  readonly model?: string;
  readonly language?: string;
  readonly silenceMs?: number;
  readonly prompt?: string;
  readonly task?: SessionTask;
}

/** What a session is asked for, as far as options name it. */
export const requestOf = ({ model, language, silenceMs, prompt, task }: SpeechOptions): SessionRequest => ({
  ...(model !== undefined && { model }),
  ...(language !== undefined && { language }),
  ...(silenceMs !== undefined && { silence_ms: silenceMs }),
  ...(prompt !== undefined && { prompt }),
  ...(task !== undefined && { task }),
});

/** A whole number in a range, both ends included. */
export const wholeNumber =
  ({ min, max }: { readonly min: number; readonly max: number }) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };

/** A value as the API takes it. */
const checked =
  (field: 'language' | 'prompt' | 'model') =>
  (text: string): string => {
    const parsed = sessionRequestSchema.shape[field].safeParse(text);
    if (parsed.success) return text;
    throw new InvalidArgumentError(`It ${parsed.error.issues[0]!.message}.`);
  };

/** The address of a server, as it was given. */
const server = (text: string): string => {
  try {
    serverAddress(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
};

/** The options that SpeechOptions holds; `silenceDefault` says in words what holds without --silence-ms. */
export const speechOptions = (silenceDefault: string): Option[] => [
  new Option(
    '--server <url>',
    'a running server (ws, wss, http or https); without it, the engine runs in this process',
  ).argParser(server),
  new Option('--model <id>', 'the model to use; see "verbatim models list"').argParser(checked('model')),
  new Option('--language <tag>', 'the language spoken, such as en').argParser(checked('language')),
  new Option('--silence-ms <ms>', `silence that ends an utterance (default: ${silenceDefault})`).argParser(
    wholeNumber(SESSION_LIMITS.silenceMs),
  ),
  new Option('--task <task>', 'transcribe, or translate into English').choices(SESSION_TASKS),
  new Option('--prompt <text>', 'words to expect, for models that take a hint').argParser(checked('prompt')),
];
