import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository: this file runs as observability/observe/page/*.ts under vitest and as observability/dist/observe/page/*.js otherwise. */
export const root = (() => {
  const above = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
  return path.basename(above) === 'dist' ? path.resolve(above, '..', '..') : path.dirname(above);
})();

const folder = path.join(root, 'observability', 'observe', 'assets');

/** The page's style: all of the folder's, in the order of their names. */
export async function styleSheet(): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.css')).sort();
  return (await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')))).join('\n');
}

export const script = (): Promise<string> => readFile(path.join(folder, 'observe.js'), 'utf8');

/** A runbook by the name of its file; null if there is none. */
export const runbook = (name: string): Promise<string | null> =>
  readFile(path.join(root, 'docs', 'runbooks', name), 'utf8').catch(() => null);
