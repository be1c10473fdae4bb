import { prepare } from './lib/prepare.mjs';
import { script } from './lib/project.mjs';

// npm run build: does only what is not up to date.
await script(() => prepare());
