import { endianness } from 'node:os';
import type { Samples } from '@verbatim/contracts';
import { z } from 'zod';
import type { Mark } from '../ports.ts';
import { markSchema, parseJson } from './wire-schemas.ts';

const HEADER_BYTES = 8;

/** Audio on the wire: its first sample as 8 bytes and its samples, all little-endian. */
export const encodeAudio = (firstSample: Samples, pcm16: Int16Array): Uint8Array => {
  const message = Buffer.allocUnsafe(HEADER_BYTES + pcm16.byteLength);
  message.writeBigUInt64LE(BigInt(firstSample));
  message.set(new Uint8Array(pcm16.buffer, pcm16.byteOffset, pcm16.byteLength), HEADER_BYTES);
  if (endianness() === 'BE') message.subarray(HEADER_BYTES).swap16();
  return message;
};

/** A copy of the samples, as the message may be a view of a socket's buffer; null if it is no audio. */
export const decodeAudio = (message: Uint8Array): { firstSample: Samples; pcm16: Int16Array } | null => {
  const bytes = message.byteLength - HEADER_BYTES;
  if (bytes < 2 || bytes % 2 !== 0) return null;
  const firstSample = Number(new DataView(message.buffer, message.byteOffset).getBigUint64(0, true));
  if (!Number.isSafeInteger(firstSample)) return null;
  const samples = Buffer.from(new Uint8Array(message.subarray(HEADER_BYTES)).buffer);
  if (endianness() === 'BE') samples.swap16();
  return { firstSample, pcm16: new Int16Array(samples.buffer) };
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
