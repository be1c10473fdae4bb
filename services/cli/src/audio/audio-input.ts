import { createReadStream } from 'node:fs';
import { basename, extname } from 'node:path';
import { BYTES_PER_SAMPLE, openWav, sniff } from '@verbatim/audio';
import type { AudioFormat } from '@verbatim/contracts';
import { CliError, sentenceOf } from '../cli-error.ts';

/** Audio that is ready to be read. */
export interface AudioInput {
  readonly format: AudioFormat;
  /** As its header promises; absent where nothing says so. */
  readonly seconds?: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Stops reading. */
  close(): void;
}

export interface InputOptions {
  /** The format of audio without a header; absent: WAV is expected. */
  readonly raw?: AudioFormat | undefined;
  readonly stdin: NodeJS.ReadStream;
}

/** What stands for standard input among the files. */
export const STDIN = '-';

/**
 * Opens a WAV file, or raw audio, by its path; "-" is standard input.
 * @throws CliError with a sentence that names the file and what to do.
 */
export async function openInput(path: string, { raw, stdin }: InputOptions): Promise<AudioInput> {
  if (path === STDIN && stdin.isTTY) throw new CliError('It is a terminal; pipe a WAV file into it.');
  const stream = path === STDIN ? stdin : createReadStream(path);
  const close = () => void stream.destroy();
  const bytes = readable(stream);
  try {
    if (raw !== undefined) return { format: raw, chunks: bytes, close };
    const { start, all } = await peek(bytes, 12);
    checkIsWav(start, path);
    const { format, samples, data } = await openWav(all);
    return {
      format,
      chunks: data,
      close,
      ...(samples !== undefined && { seconds: samples / format.sampleRateHertz }),
    };
  } catch (error) {
    close();
    throw error instanceof CliError ? error : new CliError(sentenceOf(error), { cause: error });
  }
}

/** Bytes for each second of audio in `format`. */
export const bytesPerSecond = ({ encoding, sampleRateHertz, channelCount }: AudioFormat): number =>
  BYTES_PER_SAMPLE[encoding] * sampleRateHertz * channelCount;

/** How messages name an input. */
export const displayName = (path: string): string => (path === STDIN ? 'standard input' : path);

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file',
  EISDIR: 'This is a folder; name the files in it',
  EACCES: 'This user may not read it',
};

async function* readable(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* stream;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const reason = READ_ERRORS[code] ?? `It can't be read (${message})`;
    throw new CliError(`${reason}.`, { cause: error });
  }
}

/** The first `length` bytes, or fewer where there are no more, and everything from the first byte on. */
async function peek(bytes: AsyncGenerator<Uint8Array, void, undefined>, length: number) {
  let start = new Uint8Array(0);
  while (start.length < length) {
    const { done, value } = await bytes.next();
    if (done === true) break;
    start = Buffer.concat([start, value]);
  }
  return { start, all: joined(start, bytes) };
}

async function* joined(
  start: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield start;
  yield* rest;
}

const checkIsWav = (start: Uint8Array, path: string): void => {
  if (start.length === 0)
    throw new CliError(path === STDIN ? 'Nothing came; pipe a WAV file into it.' : 'The file is empty.');
  const text = Buffer.from(start).toString('latin1');
  if (/^(RIFF|RF64|BW64)....WAVE/s.test(text) || (start.length < 12 && text.startsWith('RIFF'))) return;
  const kind = sniff(start);
  throw new CliError(
    `${'name' in kind ? `This is ${kind.name}` : 'This is no WAV file'}; only WAV is read in this version. ${hint(path)}`,
  );
};

const hint = (path: string): string => {
  if (path === STDIN) {
    return 'Convert it: ffmpeg -i INPUT -ac 1 -ar 16000 -f wav - | verbatim transcribe -   (for PCM without a header, use --raw)';
  }
  return `Convert it: ffmpeg -i ${quoted(path)} -ac 1 -ar 16000 ${quoted(`${basename(path, extname(path))}.wav`)}`;
};

const quoted = (path: string): string => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
