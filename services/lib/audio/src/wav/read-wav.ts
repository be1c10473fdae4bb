import type { AudioFormat } from '@verbatim/contracts';
import { SAMPLE_CODINGS, SampleConverter } from './sample-coding.ts';
import { parseWavHeader, type WavHeader, wavError } from './wav-header.ts';

/** Text, pictures and padding may stand before the samples; more than this is no sensible recording. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

/** A WAV file whose header is read. `format` and data belong together: hand both to an AudioNormalizer. */
export interface OpenedWav {
  readonly format: AudioFormat;
  /** Frames that the header promises (samples of each channel); absent where the writer could not know. */
  readonly samples?: number;
  /** The samples in `format`, in chunks of any size; ends early, without an error, if the file was cut off. */
  readonly data: AsyncIterable<Uint8Array>;
}

/** A whole WAV file in memory. */
export interface ReadWav {
  readonly format: AudioFormat;
  /** Whole frames that are there (samples of each channel). */
  readonly samples: number;
  /** The samples in `format`. */
  readonly data: Uint8Array;
}

/** Reads a WAV file from memory; a file that was cut off gives what is there. Throws as parseWavHeader does. */
export const readWav = (bytes: Uint8Array): ReadWav => {
  const header = parseWavHeader(bytes);
  if (header === null) throw cutOff(bytes.length);
  const end = header.dataBytes === null ? bytes.length : header.dataStart + header.dataBytes;
  const raw = bytes.subarray(header.dataStart, end);
  return {
    format: header.format,
    samples: Math.floor(raw.length / frameBytes(header)),
    data: new SampleConverter(header.coding).push(raw),
  };
};

/** Reads a WAV file as it arrives: resolves once its header is there. Rejects as parseWavHeader throws. */
export const openWav = async (source: AsyncIterable<Uint8Array>): Promise<OpenedWav> => {
  const chunks = source[Symbol.asyncIterator]();
  try {
    const { header, rest } = await readHeader(chunks);
    const data = samplesOf(header, rest, chunks);
    const { format, dataBytes } = header;
    return dataBytes === null
      ? { format, data }
      : { format, samples: Math.floor(dataBytes / frameBytes(header)), data };
  } catch (error) {
    await chunks.return?.();
    throw error;
  }
};

const frameBytes = ({ coding, format }: WavHeader): number => SAMPLE_CODINGS[coding].bytes * format.channelCount;

const readHeader = async (chunks: AsyncIterator<Uint8Array>): Promise<{ header: WavHeader; rest: Uint8Array }> => {
  let buffer = new Uint8Array(4_096);
  let filled = 0;
  while (true) {
    const { done, value } = await chunks.next();
    if (done === true) throw cutOff(filled);
    if (filled + value.length > buffer.length) {
      const larger = new Uint8Array(Math.max(2 * buffer.length, filled + value.length));
      larger.set(buffer.subarray(0, filled));
      buffer = larger;
    }
    buffer.set(value, filled);
    filled += value.length;
    const header = parseWavHeader(buffer.subarray(0, filled));
    if (header !== null) return { header, rest: buffer.subarray(header.dataStart, filled) };
    if (filled > MAX_HEADER_BYTES) {
      throw wavError(`This WAV file has no samples in its first ${MAX_HEADER_BYTES} bytes; convert it first.`);
    }
  }
};

/** Leaving the loop early closes the source. */
async function* samplesOf(
  { coding, dataBytes }: WavHeader,
  rest: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const converter = new SampleConverter(coding);
  let left = dataBytes ?? Number.POSITIVE_INFINITY;
  try {
    for (let chunk = rest; ; ) {
      const samples = converter.push(chunk.subarray(0, left));
      left -= Math.min(left, chunk.length);
      if (samples.length > 0) yield samples;
      if (left === 0) return;
      const { done, value } = await chunks.next();
      if (done === true) return;
      chunk = value;
    }
  } finally {
    await chunks.return?.();
  }
}

const cutOff = (bytes: number) =>
  wavError(`This WAV file ends after ${bytes} bytes, before its first sample; check that it was written completely.`);
