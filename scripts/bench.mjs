import { pathToFileURL } from 'node:url';
import { prepare } from './lib/prepare.mjs';
import { at, script } from './lib/project.mjs';

// npm run bench -- accuracy|latency|scale [--json FILE]
await script(async () => {
  await prepare();
  process.argv[1] = at('test/dist/bench/main.js');
  await import(pathToFileURL(process.argv[1]));
});
