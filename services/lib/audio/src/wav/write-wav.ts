import type { AudioFormat, Encoding } from '@verbatim/contracts';
import { BYTES_PER_SAMPLE } from '../pcm-decoder.ts';

const FORMAT_TAGS: Readonly<Record<Encoding, number>> = { linear16: 1, float32: 3, alaw: 6, mulaw: 7 };
const HEADER_BYTES = 44;

/** A WAV file of samples that are coded as `format` says. For LINEAR16, `data` may be an Int16Array. */
export const writeWav = (format: AudioFormat, data: Uint8Array | Int16Array): Uint8Array => {
  const samples = data instanceof Int16Array ? littleEndian(data) : data;
  const sampleBytes = BYTES_PER_SAMPLE[format.encoding];
  const frameBytes = sampleBytes * format.channelCount;
  const padding = samples.length % 2;
  const file = new Uint8Array(HEADER_BYTES + samples.length + padding);
  const view = new DataView(file.buffer);
  const text = (at: number, value: string) => file.set(Buffer.from(value, 'latin1'), at);
  text(0, 'RIFF');
  view.setUint32(4, file.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT_TAGS[format.encoding], true);
  view.setUint16(22, format.channelCount, true);
  view.setUint32(24, format.sampleRateHertz, true);
  view.setUint32(28, format.sampleRateHertz * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, sampleBytes * 8, true);
  text(36, 'data');
  view.setUint32(40, samples.length, true);
  file.set(samples, HEADER_BYTES);
  return file;
};

const littleEndian = (pcm16: Int16Array): Uint8Array => {
  const bytes = new DataView(new ArrayBuffer(pcm16.length * 2));
  for (const [i, sample] of pcm16.entries()) bytes.setInt16(i * 2, sample, true);
  return new Uint8Array(bytes.buffer);
};
