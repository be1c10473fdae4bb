import { endianness } from 'node:os';
import type { Samples } from '@verbatim/contracts';
import { z } from 'zod';
import type { Mark } from '../ports.ts';
import { markSchema, parseJson } from './wire-schemas.ts';

const MARKS_AT = 8;
const HEADER_BYTES = 12;

/** One message of audio. `marks` is the index of the last mark before it, so that the count lives as long as the audio. */
export interface AudioRecord {
  readonly firstSample: Samples;
  readonly marks: number;
  readonly pcm16: Int16Array;
}

/** Audio on the wire: its first sample as 8 bytes, the count of marks as 4 and its samples, all little-endian. */
export const encodeAudio = ({ firstSample, marks, pcm16 }: AudioRecord): Uint8Array => {
  const message = Buffer.allocUnsafe(HEADER_BYTES + pcm16.byteLength);
  message.writeBigUInt64LE(BigInt(firstSample));
  message.writeUInt32LE(marks, MARKS_AT);
  message.set(new Uint8Array(pcm16.buffer, pcm16.byteOffset, pcm16.byteLength), HEADER_BYTES);
  if (endianness() === 'BE') message.subarray(HEADER_BYTES).swap16();
  return message;
};

/** A copy of the samples, as the message may be a view of a socket's buffer; null if it is no audio. */
export const decodeAudio = (message: Uint8Array): AudioRecord | null => {
  const bytes = message.byteLength - HEADER_BYTES;
  if (bytes < 2 || bytes % 2 !== 0) return null;
  const header = new DataView(message.buffer, message.byteOffset, HEADER_BYTES);
  const firstSample = Number(header.getBigUint64(0, true));
  if (!Number.isSafeInteger(firstSample)) return null;
  const samples = Buffer.from(new Uint8Array(message.subarray(HEADER_BYTES)).buffer);
  if (endianness() === 'BE') samples.swap16();
  return { firstSample, marks: header.getUint32(MARKS_AT, true), pcm16: new Int16Array(samples.buffer) };
};

/**
 * A mark on the wire, or the bare place that a writer notes so that its head and its count of marks outlive its audio.
 * `id` tells a mark that was written and not acknowledged from another one.
 */
export interface MarkRecord {
  readonly at: Samples;
  readonly index: number;
  readonly id: string;
  readonly mark: Mark | null;
}

const markRecordSchema: z.ZodType<MarkRecord> = z.object({
  at: z.number().int().nonnegative(),
  index: z.number().int().nonnegative(),
  id: z.string(),
  mark: markSchema.nullable(),
});

export const encodeMark = (record: MarkRecord): Uint8Array => new TextEncoder().encode(JSON.stringify(record));

export const decodeMark = (message: Uint8Array): MarkRecord | null => parseJson(markRecordSchema, message);
