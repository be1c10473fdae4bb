import { pathToFileURL } from 'node:url';
import { prepare } from './lib/prepare.mjs';
import { at, script } from './lib/project.mjs';

// npm run observe: dashboards, alerts and traces of the cluster that runs in this folder. In this process, so that signals and
// the exit code need no passing on.
await script(async () => {
  await prepare();
  await import(pathToFileURL(at('observability/dist/observe/main.js')));
});
