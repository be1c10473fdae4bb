import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './project.mjs';

/** Programs that some tests run against; the Debian packages that bring them have the same names. */
const TOOLS = ['nats-server', 'redis-server', 'ffmpeg', 'chromium', 'prometheus'];

/** What a node of Kubernetes and its images need. */
const KUBE_PACKAGES = [
  ...[
    'nats-server',
    'redis-server',
    'containerd',
    'runc',
    'containernetworking-plugins',
    'iptables',
    'nftables',
    'iproute2',
  ],
  ...['util-linux', 'openssl', 'curl', 'bc', 'zstd', 'python3', 'buildah', 'mmdebstrap'],
];

const isOnPath = (program) =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some((folder) => existsSync(join(folder, program)));

const missingTools = () => TOOLS.filter((program) => !isOnPath(program));

const mayInstall = () => {
  if (process.getuid?.() !== 0 || !isOnPath('apt-get')) return false;
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
};

const install = async (packages, say) => {
  say(`installing ${packages.join(', ')} with apt-get`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const command = ['install', '--yes', '--no-install-recommends', ...packages];
  const first = await run('apt-get', command, { env });
  if (first.code === 0) return;
  await run('apt-get', ['update'], { env });
  await run('apt-get', command, { env });
};

/** Installs what is missing where this user may; what is still missing after that is named, and its tests skip. */
export const ensureTestTools = async (say) => {
  const missing = missingTools();
  if (missing.length > 0 && mayInstall()) await install(missing, say);
  const left = missingTools();
  say(
    left.length === 0
      ? `${TOOLS.join(', ')} are here`
      : `not here: ${left.join(', ')}. Install them to run the tests that need them; those skip now.`,
  );
};

/** Installs what `npm run test:kube` needs where this user may. */
export const ensureKubeTools = async (say) => {
  if (!mayInstall()) return;
  const { output } = await run('dpkg-query', ['--show', ...KUBE_PACKAGES]);
  const here = new Set(output.split('\n').map((line) => line.split(/[:\t]/)[0]));
  const missing = KUBE_PACKAGES.filter((name) => !here.has(name));
  if (missing.length > 0) await install(missing, say);
};
