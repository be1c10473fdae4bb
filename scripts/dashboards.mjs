import { pathToFileURL } from 'node:url';
import { prepare } from './lib/prepare.mjs';
import { at, script } from './lib/project.mjs';

// npm run dashboards: writes Grafana's dashboards from their code.
await script(async () => {
  await prepare();
  await import(pathToFileURL(at('observability/dist/dashboards/main.js')));
});
