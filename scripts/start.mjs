import { pathToFileURL } from 'node:url';
import { prepare } from './lib/prepare.mjs';
import { at, script } from './lib/project.mjs';

// npm start: the embedded server, in this process, so that signals and the exit code need no passing on.
await script(async () => {
  await prepare();
  await import(pathToFileURL(at('services/standalone/dist/main.js')));
});
