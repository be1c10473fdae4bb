import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the built page lies; throws where this installation has none. */
export const consoleFolder = (): string =>
  dirname(fileURLToPath(import.meta.resolve('@verbatim/console/page/index.html')));
