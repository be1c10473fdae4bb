import { pathToFileURL } from 'node:url';
import { prepare } from './lib/prepare.mjs';
import { at, script } from './lib/project.mjs';

// npm run verbatim -- …: the command line, with file names as seen from where the user stands.
await script(async () => {
  await prepare();
  const { INIT_CWD, npm_package_json: runBy } = process.env;
  if (INIT_CWD && runBy === at('package.json')) process.chdir(INIT_CWD);
  process.argv[1] = at('services/cli/dist/main.js');
  await import(pathToFileURL(process.argv[1]));
});
