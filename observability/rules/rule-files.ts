import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** From this file, which runs as observability/rules/*.ts under vitest and as observability/dist/rules/*.js otherwise. */
const folder = fileURLToPath(new URL('.', import.meta.url)).replace(
  `${path.sep}dist${path.sep}rules`,
  `${path.sep}rules`,
);

/** Prometheus' rule files, those that others ask for first. */
export const RULE_FILES: readonly string[] = ['recording', 'alerts'].map((name) =>
  path.join(folder, `${name}.rules.yaml`),
);
