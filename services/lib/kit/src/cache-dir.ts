import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Env } from './env.ts';

/**
 * The folder in which this user's system keeps what can be fetched again, with a folder of our own in it.
 * XDG base directories (freedesktop.org), macOS ~/Library/Caches, Windows %LOCALAPPDATA%.
 */
export const defaultCacheDir = (env: Env, platform: NodeJS.Platform, home: string = homedir()): string => {
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'verbatim');
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'verbatim', 'Cache');
  // XDG says that a relative path is to be ignored.
  const xdg = env.XDG_CACHE_HOME;
  return join(xdg?.startsWith('/') ? xdg : join(home, '.cache'), 'verbatim');
};
