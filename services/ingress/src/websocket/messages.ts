import { type Samples, SttError } from '@verbatim/contracts';
import type { RawSettings } from './settings.ts';

/** One message of a client. */
export type ClientMessage =
  | { readonly type: 'config'; readonly fields: RawSettings }
  | {
      readonly type: 'audio';
      readonly bytes: Uint8Array;
      readonly sessionId: string | undefined;
      readonly firstSample: Samples | undefined;
    }
  | { readonly type: 'finalize'; readonly requestId: string }
  | { readonly type: 'end' }
  | { readonly type: 'keep_alive' };

const TYPES = 'audio, config, finalize, end or keep_alive';
/** JSON around the base64 of an audio message: type, session id, first sample, spaces. */
const ENVELOPE_BYTES = 4_096;

/**
 * A text frame as a message.
 * @throws SttError `invalid_argument`, recoverable, that names the mistake; `too_large` for more audio than a chunk may hold.
 */
export const parseMessage = (text: Buffer, maxChunkBytes: number): ClientMessage => {
  const limit = Math.ceil(maxChunkBytes / 3) * 4 + ENVELOPE_BYTES;
  if (text.length > limit) throw tooLarge(`A text message has ${text.length} bytes`, limit);
  const message = parseObject(text);
  switch (message.type) {
    case 'audio':
      return parseAudio(message, maxChunkBytes);
    case 'config':
      return { type: 'config', fields: message };
    case 'finalize':
      return { type: 'finalize', requestId: optionalString(message, 'request_id') ?? '' };
    case 'end':
    case 'keep_alive':
      return { type: message.type };
    case undefined:
      throw mistake('type', `The message has no "type"; it must be ${TYPES}`);
    default:
      throw mistake('type', `There is no message type ${brief(message.type)}; it must be ${TYPES}`);
  }
};

/** A binary frame as a message: raw audio. @throws SttError `too_large`. */
export const parseBinary = (bytes: Buffer, maxChunkBytes: number): ClientMessage => {
  if (bytes.length > maxChunkBytes) throw tooLarge(`A binary message has ${bytes.length} bytes`, maxChunkBytes);
  return { type: 'audio', bytes, sessionId: undefined, firstSample: undefined };
};

const parseAudio = (message: RawSettings, maxChunkBytes: number): ClientMessage => {
  const chunk = message.chunk;
  if (typeof chunk !== 'string') throw mistake('chunk', `"chunk" is ${brief(chunk)}; it must be audio bytes in base64`);
  const bytes = decodeBase64(chunk);
  if (bytes.length > maxChunkBytes) throw tooLarge(`An audio chunk has ${bytes.length} bytes`, maxChunkBytes);
  const firstSample = message.first_sample ?? undefined;
  if (firstSample !== undefined && typeof firstSample !== 'number') {
    throw mistake('first_sample', `"first_sample" is ${brief(firstSample)}; it must be a whole number`);
  }
  return { type: 'audio', bytes, sessionId: optionalString(message, 'session_id'), firstSample };
};

const parseObject = (text: Buffer): RawSettings => {
  let value: unknown;
  try {
    value = JSON.parse(text.toString('utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw mistake('message', `The message is not JSON (${brief(reason)}); audio as raw bytes goes in binary frames`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as RawSettings;
  throw mistake('message', `The message is ${brief(value)}; it must be a JSON object with a "type"`);
};

const optionalString = (message: RawSettings, field: string): string | undefined => {
  const value = message[field] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw mistake(field, `"${field}" is ${brief(value)}; it must be a string`);
};

/** Node's decoder skips what is no base64; audio with holes in it would be worse than an error. */
const decodeBase64 = (text: string): Buffer => {
  if (/^[A-Za-z0-9+/_-]*={0,2}$/.test(text) && text.replace(/=+$/, '').length % 4 !== 1) {
    return Buffer.from(text, 'base64');
  }
  throw mistake('chunk', '"chunk" is not base64; nothing of it was used');
};

const brief = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};

const mistake = (field: string, sentence: string): SttError =>
  new SttError('invalid_argument', `${sentence}.`, { field, recoverable: true });

const tooLarge = (what: string, limit: number): SttError =>
  new SttError('too_large', `${what}; the limit is ${limit}. Send audio in smaller pieces.`, { field: 'chunk' });
