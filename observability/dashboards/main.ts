import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { dashboardFiles } from './index.ts';

/** This file runs as observability/dist/dashboards/main.js. */
const folder = fileURLToPath(new URL('../../dashboards/json/', import.meta.url));

await mkdir(folder, { recursive: true });
for (const [name, text] of dashboardFiles()) await writeFile(path.join(folder, name), text);
process.stdout.write(`${dashboardFiles().size} dashboards are in observability/dashboards/json.\n`);
