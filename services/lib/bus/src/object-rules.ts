import { SttError, sessionIdSchema } from '@verbatim/contracts';

/** Objects that nobody erased are gone by then. */
export const OBJECT_MAX_AGE_MS = 24 * 3_600_000;
/** A store that is full has room again when a job is finished: in seconds, rather than minutes. */
const FULL_RETRY_MS = 15_000;

/** Keys are names of files and parts of subjects; throws SttError `invalid_argument` for what could be more than that. */
export const checkObjectKey = (key: string): string => {
  if (sessionIdSchema.safeParse(key).success) return key;
  throw new SttError('invalid_argument', `The object key "${key}" is not 1 to 64 letters, digits, "-" or "_".`, {
    field: 'object_key',
  });
};

/** Two objects never have the same key: who makes keys makes new ones. */
export const keyIsTaken = (key: string): Error => new Error(`There is an object "${key}" already.`);

export const storeIsFull = (cause: unknown): SttError =>
  new SttError('no_capacity', 'The server has no room for the file now. Send it again later.', {
    retryAfterMs: FULL_RETRY_MS,
    cause,
  });

/** What `content` gives, as long as it is not more than `maxBytes`; then SttError `too_large`. */
export async function* limited(content: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of content) {
    bytes += piece.length;
    if (bytes > maxBytes)
      throw new SttError(
        'too_large',
        `The file is larger than ${sizeInWords(maxBytes)}, the most that this server takes.`,
      );
    yield piece;
  }
}

const MEBIBYTE = 2 ** 20;

const sizeInWords = (bytes: number): string => (bytes % MEBIBYTE === 0 ? `${bytes / MEBIBYTE} MiB` : `${bytes} bytes`);
