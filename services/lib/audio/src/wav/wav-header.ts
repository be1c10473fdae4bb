import { type AudioFormat, SESSION_LIMITS, SttError } from '@verbatim/contracts';
import { SAMPLE_CODINGS, type SampleCoding } from './sample-coding.ts';

/** What stands before a WAV file's samples. */
export interface WavHeader {
  /** The samples as they are given out. Where the file's own coding is none of ours, they are converted to FLOAT32. */
  readonly format: AudioFormat;
  /** How the file codes them. */
  readonly coding: SampleCoding;
  /** Where the samples begin, in bytes from the file's start. */
  readonly dataStart: number;
  /** Length of the samples in bytes; null where the writer could not know it (a pipe): they go on to the end. */
  readonly dataBytes: number | null;
}

/** Sizes from here on mean "not known": ffmpeg writes 0xFFFFFFFF into pipes, sox 0x7FFFFFFF less the header. */
const UNKNOWN_SIZE = 0x7fff_0000;

/** Before the samples. The header is looked through again with each piece of it that comes. */
const MAX_CHUNKS = 1_000;

const PCM = 1;
const FLOAT = 3;
const ALAW = 6;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;

/** Names of codecs that WAV files do hold now and then, by format tag (RFC 2361 and Microsoft's mmreg.h). */
const UNSUPPORTED_CODECS: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  17: 'IMA ADPCM',
  34: 'TrueSpeech',
  49: 'GSM 6.10',
  64: 'G.721 ADPCM',
  69: 'G.726 ADPCM',
  80: 'MPEG',
  85: 'MP3',
  255: 'AAC',
  353: 'Windows Media Audio',
  61868: 'FLAC',
};

/** The last 14 bytes of every KSDATAFORMAT_SUBTYPE GUID that is made of a format tag. */
const FORMAT_TAG_GUID_TAIL = '000000001000800000aa00389b71';

/**
 * Parses the beginning of a WAV file (RIFF, or RF64 of EBU Tech 3306); null if it is too short to reach the samples.
 * Throws `invalid_argument` for what is no WAV, has an unsupported codec or an impossible rate or channel count.
 */
export const parseWavHeader = (bytes: Uint8Array): WavHeader | null => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!couldBeWav(bytes))
    throw wavError(`This is not a WAV file: it begins with ${describeStart(bytes)}, not "RIFF"…"WAVE".`);
  let format: Pick<WavHeader, 'format' | 'coding'> | null = null;
  let longSize: number | null = null;
  for (let at = 12, chunks = 0; at + 8 <= bytes.length; chunks++) {
    if (chunks > MAX_CHUNKS) {
      throw wavError(`This WAV file has more than ${MAX_CHUNKS} chunks before its samples; convert it first.`);
    }
    const id = textAt(bytes, at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (id === 'data') {
      if (format === null) throw wavError('This WAV file has its samples before their format; convert it first.');
      const riffSize = view.getUint32(4, true);
      return { ...format, dataStart: body, dataBytes: longSize ?? knownDataSize(size, riffSize, body) };
    }
    if (body + size > bytes.length) return null;
    if (id === 'fmt ') format = parseFormat(bytes.subarray(body, body + size));
    if (id === 'ds64' && size >= 16) longSize = knownLongSize(view.getBigUint64(body + 8, true));
    at = body + size + (size % 2);
  }
  return null;
};

const couldBeWav = (bytes: Uint8Array): boolean => {
  const outer = textAt(bytes, 0);
  const isRiff = ['RIFF', 'RF64', 'BW64'].some((id) => id.startsWith(outer));
  return isRiff && 'WAVE'.startsWith(textAt(bytes, 8));
};

/** A size of 0 is real only if the file says that more follows after it: a recorder that was cut off leaves 0 too. */
const knownDataSize = (size: number, riffSize: number, dataStart: number): number | null => {
  if (size >= UNKNOWN_SIZE) return null;
  const endsHere = riffSize === 0 || riffSize >= UNKNOWN_SIZE || riffSize + 8 <= dataStart;
  return size === 0 && endsHere ? null : size;
};

/** A recorder that was cut off leaves 0 in its RF64 header, one that writes into a pipe all ones. */
const knownLongSize = (size: bigint): number | null =>
  size === 0n || size > Number.MAX_SAFE_INTEGER ? null : Number(size);

const parseFormat = (body: Uint8Array): Pick<WavHeader, 'format' | 'coding'> => {
  if (body.length < 14)
    throw wavError(`The format chunk of this WAV file has ${body.length} bytes; 14 or more are needed.`);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const channelCount = view.getUint16(2, true);
  const sampleRateHertz = view.getUint32(4, true);
  checkRange('channels', channelCount, SESSION_LIMITS.channelCount);
  checkRange('Hz', sampleRateHertz, SESSION_LIMITS.sampleRateHertz);
  const bits = body.length >= 16 ? view.getUint16(14, true) : 8;
  const frameBytes = view.getUint16(12, true) || channelCount * Math.ceil(bits / 8);
  const coding = codingOf(formatTag(body, view), frameBytes / channelCount);
  return { format: { encoding: SAMPLE_CODINGS[coding].encoding, sampleRateHertz, channelCount }, coding };
};

const formatTag = (body: Uint8Array, view: DataView): number => {
  const tag = view.getUint16(0, true);
  if (tag !== EXTENSIBLE) return tag;
  const guidTail = Buffer.from(body.subarray(26, 40)).toString('hex');
  if (guidTail !== FORMAT_TAG_GUID_TAIL) {
    throw wavError('This WAV file is of the extensible kind with an unknown codec; convert it to 16-bit PCM first.');
  }
  return view.getUint16(24, true);
};

const codingOf = (tag: number, bytes: number): SampleCoding => {
  const codings: Readonly<Record<number, readonly (SampleCoding | null)[]>> = {
    [PCM]: [null, 'uint8', 'linear16', 'int24', 'int32'],
    [FLOAT]: [null, null, null, null, 'float32', null, null, null, 'float64'],
    [ALAW]: [null, 'alaw'],
    [MULAW]: [null, 'mulaw'],
  };
  const known = codings[tag];
  if (known === undefined) {
    const name = UNSUPPORTED_CODECS[tag] ?? 'an unknown codec';
    throw wavError(
      `This WAV file holds ${name} (format 0x${tag.toString(16)}); PCM, float, A-law and mu-law are supported. Convert it first.`,
    );
  }
  const coding = known[bytes];
  if (coding == null)
    throw wavError(
      `This WAV file has samples of ${bytes} bytes, which its format 0x${tag.toString(16)} does not know.`,
    );
  return coding;
};

const checkRange = (
  unit: string,
  value: number,
  { min, max }: { readonly min: number; readonly max: number },
): void => {
  if (value < min || value > max) {
    throw wavError(`This WAV file has ${value} ${unit}; ${min} to ${max} are supported. Convert it first.`);
  }
};

const textAt = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));

const describeStart = (bytes: Uint8Array): string =>
  bytes.length === 0 ? 'nothing' : `bytes ${Buffer.from(bytes.subarray(0, 12)).toString('hex')}`;

export const wavError = (message: string): SttError => new SttError('invalid_argument', message, { field: 'audio' });
