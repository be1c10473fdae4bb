import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './project.mjs';

const SKIPPED = new Set(['node_modules', 'dist', 'fixtures', 'generated']);
const SOURCES = /\.(ts|mts|proto)$|^(package(-lock)?|tsconfig(\.\w+)?)\.json$/;

function* sources(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) return void (yield path);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* sources(join(path, entry.name));
    else if (entry.isFile() && SOURCES.test(entry.name)) yield join(path, entry.name);
  }
}

/** Changes when a source file below one of `paths` is added, removed or written. Reads no contents: it runs at every start. */
export const fingerprint = (...paths) => {
  const hash = createHash('sha256');
  const files = paths.flatMap((path) => [...sources(join(root, path))]).sort();
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
};
