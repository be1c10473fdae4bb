import { pathToFileURL } from 'node:url';
import { prepare } from './lib/prepare.mjs';
import { at, script } from './lib/project.mjs';

// npm run cluster: the product as separate processes on this machine. In this process, so that signals and the exit code
// need no passing on.
await script(async () => {
  await prepare();
  await import(pathToFileURL(at('test/dist/cluster/main.js')));
});
