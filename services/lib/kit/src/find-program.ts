import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** Where packages put programs, for processes whose PATH is short: Debian's servers are not on that of ordinary users. */
const ALSO = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/**
 * The file of a program that is on this machine.
 * @param path folders to look in first, as PATH has them; relative ones are left out
 */
export const findProgram = (program: string, path = process.env.PATH): string | undefined =>
  [...(path ?? '').split(delimiter).filter((folder) => isAbsolute(folder)), ...ALSO]
    .map((folder) => join(folder, program))
    .find(isExecutable);

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
