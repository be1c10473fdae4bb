import { generateTypes } from './lib/generate-types.mjs';
import { checkNodeVersion } from './lib/node-version.mjs';
import { script } from './lib/project.mjs';

// npm run generate: the types of the gRPC messages, from proto/.
await script(async () => {
  checkNodeVersion();
  await generateTypes();
});
