import { createReadStream } from 'node:fs';
import { AudioNormalizer, BYTES_PER_SAMPLE, ChannelPicker, openWav } from '@verbatim/audio';
import { type AudioFormat, type MediaInfo, SAMPLE_RATE, SttError } from '@verbatim/contracts';
import type { DecodeOptions, FileOptions } from './decode-options.ts';
import { shorter, tooLong, undecodable } from './file-errors.ts';
import type { FileHead } from './file-head.ts';

const READ_BYTES = 64 * 1024;
const TOLERANCE_SECONDS = 0.1;

/** Samples that need no ffmpeg: of a WAV file with a coding of ours, or without a header. */
export interface PlainFile {
  readonly format: AudioFormat;
  readonly container: 'wav' | 'raw';
  /** As the header or the file's size announces it; null where neither does. */
  readonly seconds: number | null;
  readonly data: AsyncIterable<Uint8Array>;
  close(): void;
}

/** Opens a file whose samples need no ffmpeg; null if it is another. */
export async function openPlainFile(
  path: string,
  { kind, bytes }: FileHead,
  rawFormat: AudioFormat | null,
): Promise<PlainFile | null> {
  if (rawFormat === null && kind.type !== 'wav') return null;
  const stream = createReadStream(path, { highWaterMark: READ_BYTES });
  const close = () => void stream.destroy();
  if (rawFormat !== null) {
    const seconds = bytes / (BYTES_PER_SAMPLE[rawFormat.encoding] * rawFormat.channelCount * rawFormat.sampleRateHertz);
    return { format: rawFormat, container: 'raw', seconds, data: stream, close };
  }
  try {
    const { format, samples, data } = await openWav(stream);
    const seconds = samples === undefined ? null : samples / format.sampleRateHertz;
    return { format, container: 'wav', seconds, data, close };
  } catch (error) {
    close();
    // A coding or a rate that is none of ours: ffmpeg may know it.
    if (error instanceof SttError) return null;
    throw error;
  }
}

/** @throws SttError `audio_too_long`. */
export function plainInfo(
  { format, container, seconds }: PlainFile,
  { bytes }: FileHead,
  { limits }: FileOptions,
): MediaInfo {
  const { encoding, sampleRateHertz, channelCount } = format;
  // A header may announce what is not there; no coding has less than a byte a sample.
  const most = bytes / (channelCount * sampleRateHertz);
  if (seconds !== null && Math.min(seconds, most) > limits.maxAudioSeconds) throw tooLong(limits.maxAudioSeconds);
  return { container, codec: encoding, durationSeconds: seconds, sampleRateHertz, channelCount };
}

/** The file's audio, the same samples that a live session with its bytes has. @throws SttError as decodeMedia does. */
export async function* decodePlainFile(
  file: PlainFile,
  { channel, limits, signal, onWarning }: DecodeOptions,
): AsyncGenerator<Int16Array, void, undefined> {
  try {
    const picker = channel === null ? null : new ChannelPicker(file.format, channel);
    const normalizer = new AudioNormalizer(picker?.format ?? file.format);
    const checked = (samples: Int16Array): Int16Array => {
      if (normalizer.position > limits.maxAudioSeconds * SAMPLE_RATE) throw tooLong(limits.maxAudioSeconds);
      return samples;
    };
    for await (const bytes of file.data) {
      signal.throwIfAborted();
      const samples = checked(pushed(normalizer, picker === null ? bytes : picker.push(bytes), onWarning));
      if (samples.length > 0) yield samples;
    }
    const rest = checked(normalizer.flush());
    if (rest.length > 0) yield rest;
    const held = normalizer.position / SAMPLE_RATE;
    if (held === 0) throw undecodable('it has no samples');
    if (file.seconds !== null && file.seconds - held > TOLERANCE_SECONDS) onWarning(shorter(file.seconds, held));
  } finally {
    file.close();
  }
}

/** What is no number passes as silence, as it does in a live session. */
const pushed = (normalizer: AudioNormalizer, bytes: Uint8Array, warn: (sentence: string) => void): Int16Array => {
  try {
    return normalizer.push(bytes);
  } catch (error) {
    if (!(error instanceof SttError)) throw error;
    if (!error.recoverable) throw undecodable('its samples are no numbers', error);
    warn('Some samples of the file are no numbers; they are silence.');
    return new Int16Array(0);
  }
};
