import { pathToFileURL } from 'node:url';
import { prepare } from './lib/prepare.mjs';
import { at, script } from './lib/project.mjs';

// npm run test:chaos -- [--sessions N] [--seed S] [--only FAULT,…]
await script(async () => {
  await prepare();
  process.argv[1] = at('test/dist/chaos/main.js');
  await import(pathToFileURL(process.argv[1]));
});
