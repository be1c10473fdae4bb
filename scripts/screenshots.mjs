import { pathToFileURL } from 'node:url';
import { prepare } from './lib/prepare.mjs';
import { at, script } from './lib/project.mjs';

// npm run screenshots: the pictures in docs/images, drawn anew.
await script(async () => {
  await prepare();
  await import(pathToFileURL(at('test/dist/browser/screenshots.js')));
});
