import { SttError } from '@verbatim/contracts';

/** No audio can be had from the file; `why` completes the sentence. */
export const undecodable = (why: string, cause?: unknown): SttError =>
  new SttError('undecodable_audio', `No audio can be had from the file: ${why}.`, { field: 'file', cause });

export const tooLong = (maxSeconds: number): SttError =>
  new SttError('audio_too_long', `The file holds more than ${hours(maxSeconds)} of audio, the most that is taken.`, {
    field: 'file',
  });

export const decoderMissing = (): SttError =>
  new SttError(
    'decoder_missing',
    'The file is not a WAV file with plain samples, and this server has no ffmpeg for others: install the package ffmpeg on it.',
    { field: 'file' },
  );

const hours = (seconds: number): string => (seconds % 3_600 === 0 ? `${seconds / 3_600} h` : `${seconds} s`);

/** The warning of a file that was cut short. */
export const shorter = (announced: number, held: number): string =>
  `The file announces ${announced.toFixed(1)} s of audio and holds ${held.toFixed(1)} s.`;
