import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository: this file runs as observability/observe/page/*.ts under vitest and as observability/dist/observe/page/*.js otherwise. */
export const root = (() => {
  const above = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
  return path.basename(above) === 'dist' ? path.resolve(above, '..', '..') : path.dirname(above);
})();

const TYPES = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' } as const;

/** What the page needs beside its markup: observe.css and observe.js. */
export const asset = async (kind: keyof typeof TYPES): Promise<{ text: string; type: string }> => ({
  text: await readFile(path.join(root, 'observability', 'observe', 'assets', `observe.${kind}`), 'utf8'),
  type: TYPES[kind],
});

/** A runbook by the name of its file; null if there is none. */
export const runbook = (name: string): Promise<string | null> =>
  readFile(path.join(root, 'docs', 'runbooks', name), 'utf8').catch(() => null);
