import { Problem } from './project.mjs';

const [MAJOR, MINOR] = [20, 17];

/** Node must be new enough for what is about to be installed. */
export const checkNodeVersion = (version = process.versions.node) => {
  const [major, minor] = version.split('.').map(Number);
  if (major > MAJOR || (major === MAJOR && minor >= MINOR)) return;
  throw new Problem(
    `Verbatim needs Node.js ${MAJOR}.${MINOR} or newer, and this is ${version}: install a newer one from https://nodejs.org.`,
  );
};
