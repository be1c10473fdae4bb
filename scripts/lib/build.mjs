import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, runTool } from './project.mjs';

const projects = () => JSON.parse(readFileSync(at('tsconfig.json'), 'utf8')).references.map(({ path }) => at(path));

/** Whether every room has been compiled at some time. */
export const isBuilt = () => projects().every((folder) => existsSync(join(folder, 'dist')));

/** Compiles every room. Gives the compiler's exit code and output. */
export const build = () => {
  // The compiler believes its notes, which lie beside the folder that it writes: if that is gone, they are wrong.
  const force = isBuilt() ? [] : ['--force'];
  return runTool(tscPath(), ['-b', ...force, '--pretty', 'false']);
};

const tscPath = () => {
  const { bin } = JSON.parse(readFileSync(at('node_modules/typescript/package.json'), 'utf8'));
  return join('typescript', typeof bin === 'string' ? bin : bin.tsc);
};
