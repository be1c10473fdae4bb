import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, runTool } from './project.mjs';

/** The room of the web page, which is bundled besides. */
const CONSOLE = 'services/console';
const PAGE = at(CONSOLE, 'dist/page/index.html');

const projects = () => JSON.parse(readFileSync(at('tsconfig.json'), 'utf8')).references.map(({ path }) => at(path));

const isCompiled = () => projects().every((folder) => existsSync(join(folder, 'dist')));

/** Whether every room has been compiled, and the page bundled, at some time. */
export const isBuilt = () => isCompiled() && existsSync(PAGE);

/** Compiles every room, then bundles the page. Gives the first failing tool's exit code and output. */
export const build = async () => {
  // The compiler believes its notes, which lie beside the folder that it writes: if that is gone, they are wrong.
  const force = isCompiled() ? [] : ['--force'];
  const compiled = await runTool(tscPath(), ['-b', ...force, '--pretty', 'false']);
  if (compiled.code !== 0) return compiled;
  return runTool('vite/bin/vite.js', ['build', at(CONSOLE), '--logLevel', 'warn']);
};

const tscPath = () => {
  const { bin } = JSON.parse(readFileSync(at('node_modules/typescript/package.json'), 'utf8'));
  return join('typescript', typeof bin === 'string' ? bin : bin.tsc);
};
