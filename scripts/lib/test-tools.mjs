import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './project.mjs';

/** Programs that some tests run against, and the Debian packages that bring them. */
const TOOLS = ['nats-server', 'redis-server', 'ffmpeg', 'chromium', 'prometheus'];

const isOnPath = (program) =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some((folder) => existsSync(join(folder, program)));

const missingTools = () => TOOLS.filter((program) => !isOnPath(program));

const mayInstall = () => {
  if (process.getuid?.() !== 0 || !isOnPath('apt-get')) return false;
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
};

/** Installs what is missing where this user may; what is still missing after that is named, and its tests skip. */
export const ensureTestTools = async (say) => {
  const missing = missingTools();
  if (missing.length > 0 && mayInstall()) {
    say(`installing ${missing.join(', ')} with apt-get`);
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const install = ['install', '--yes', '--no-install-recommends', ...missing];
    const first = await run('apt-get', install, { env });
    if (first.code !== 0) {
      await run('apt-get', ['update'], { env });
      await run('apt-get', install, { env });
    }
  }
  const left = missingTools();
  say(
    left.length === 0
      ? `${TOOLS.join(', ')} are here`
      : `not here: ${left.join(', ')}. Install them to run the tests that need them; those skip now.`,
  );
};
