import { readFileSync } from 'node:fs';
import { at, Problem, run } from './project.mjs';

const readJson = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
};

/**
 * Whether node_modules holds what package-lock.json asks for. npm notes what it has installed in a lockfile of its own
 * there, so an `npm install` by hand counts, too.
 */
export const isInstalled = () => {
  const wanted = readJson(at('package-lock.json'))?.packages ?? {};
  const present = readJson(at('node_modules', '.package-lock.json'))?.packages ?? {};
  return Object.entries(wanted).every(([path, { version, integrity, link, optional, devOptional }]) => {
    const found = present[path];
    // Optional packages are those for other platforms.
    if (!found) return path === '' || optional || devOptional;
    return found.version === version && found.integrity === integrity && Boolean(found.link) === Boolean(link);
  });
};

const UNREACHABLE = /\b(ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|EIDLETIMEOUT)\b/;

/** As many names that can't be resolved, and not one answer, mean that there is no network; look-ups are slow then. */
const UNKNOWN_HOSTS = 20;

// npm tries each of some 300 packages again and again before it gives up: minutes without a network.
const isOffline = (output) => {
  if (/\bhttp fetch GET 2\d\d /.test(output)) return false;
  const unknown = output.match(/\bfailed with (ENOTFOUND|EAI_AGAIN)\b/g) ?? [];
  return unknown.length >= UNKNOWN_HOSTS || /\battempt [2-9] failed with E/.test(output);
};

const npmCommand = () => {
  const path = process.env.npm_execpath ?? '';
  if (path.endsWith('npm-cli.js')) return [process.execPath, [path]];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
};

/** Installs what package-lock.json pins, without running anything that a package brings. */
export const install = async () => {
  const [command, before] = npmCommand();
  const { code, output } = await run(
    command,
    [
      ...before,
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-update-notifier',
      '--loglevel=http',
      // npm's own waits between tries, 10 to 60 s, look like a hang to someone without a network.
      '--fetch-retry-mintimeout=1000',
      '--fetch-retry-maxtimeout=8000',
    ],
    { env: { ONNXRUNTIME_NODE_INSTALL: 'skip' }, giveUp: isOffline },
  );
  if (code === 0) return;
  const unreachable = UNREACHABLE.exec(output)?.[0];
  if (unreachable) {
    throw new Problem(
      `The dependencies can't be installed because the npm registry can't be reached (${unreachable}): check the network and npm's settings, then try again.`,
    );
  }
  const reason = output
    .split('\n')
    .filter((line) => line.startsWith('npm error'))
    .map((line) => line.replace(/^npm error\s*/, '').trim())
    .find((line) => line !== '' && !line.startsWith('code '));
  throw new Problem(`The dependencies can't be installed: npm ended with ${code}${reason ? ` (${reason})` : ''}.`);
};
