import { findProgram } from '@verbatim/kit';

/** Absolute paths of the programs that decode files; null: not installed. */
export interface MediaTools {
  readonly ffmpeg: string | null;
  readonly ffprobe: string | null;
}

/** Looks for the programs in the folders of `path`, as a shell does, and where packages put them. */
export const findMediaTools = (path: string | undefined): MediaTools => ({
  ffmpeg: findProgram('ffmpeg', path) ?? null,
  ffprobe: findProgram('ffprobe', path) ?? null,
});

/** Whether files other than WAV can be decoded. */
export const hasFfmpeg = ({ ffmpeg, ffprobe }: MediaTools): boolean => ffmpeg !== null && ffprobe !== null;
