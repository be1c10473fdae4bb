import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Absolute paths of the programs that decode files; null: not installed. */
export interface MediaTools {
  readonly ffmpeg: string | null;
  readonly ffprobe: string | null;
}

/** Where distributions put them; services are sometimes started with a PATH that lacks it. */
const USUAL_FOLDER = '/usr/bin';

/** Looks for the programs in the folders of `path`, as a shell does, and in the usual one. */
export const findMediaTools = (path: string | undefined): MediaTools => {
  const folders = [...(path ?? '').split(delimiter).filter((folder) => folder.startsWith('/')), USUAL_FOLDER];
  return { ffmpeg: find('ffmpeg', folders), ffprobe: find('ffprobe', folders) };
};

/** Whether files other than WAV can be decoded. */
export const hasFfmpeg = ({ ffmpeg, ffprobe }: MediaTools): boolean => ffmpeg !== null && ffprobe !== null;

const find = (program: string, folders: readonly string[]): string | null =>
  folders.map((folder) => join(folder, program)).find(isExecutable) ?? null;

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
