import { type FileHandle, open, rm } from 'node:fs/promises';

/**
 * Makes a new file at `path`, for this user only, and has `fill` write it. The file is removed again if that fails, or if
 * it resolves with false; so does this then.
 */
export const makeFile = async (path: string, fill: (file: FileHandle) => Promise<boolean>): Promise<boolean> => {
  const file = await open(path, 'wx', 0o600);
  let isWhole = false;
  try {
    isWhole = await fill(file);
  } finally {
    await file.close();
    if (!isWhole) await rm(path, { force: true });
  }
  return isWhole;
};
