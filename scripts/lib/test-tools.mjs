import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { at, run } from './project.mjs';

/** Programs that some tests run against, and the Debian packages that bring them. */
const TOOLS = {
  'nats-server': 'nats-server',
  'redis-server': 'redis-server',
  ffmpeg: 'ffmpeg',
  chromium: 'chromium',
  prometheus: 'prometheus',
};

/** What a node of Kubernetes needs (test/kube/kit.ts); a package without a program is known by one of its files. */
const NODE_TOOLS = {
  containerd: 'containerd',
  runc: 'runc',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  iptables: 'iptables',
  nft: 'nftables',
  ip: 'iproute2',
  nsenter: 'util-linux',
  openssl: 'openssl',
  curl: 'curl',
  bc: 'bc',
  zstd: 'zstd',
  python3: 'python3',
};

/** What makes images for it, and the servers that these hold. */
const IMAGE_TOOLS = {
  'nats-server': 'nats-server',
  'redis-server': 'redis-server',
  buildah: 'buildah',
  mmdebstrap: 'mmdebstrap',
};

const isHere = (program) =>
  program.startsWith('/')
    ? existsSync(program)
    : [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some((folder) => existsSync(join(folder, program)));

const missingOf = (tools) => Object.keys(tools).filter((program) => !isHere(program));

const mayInstall = () => {
  if (process.getuid?.() !== 0 || !isHere('apt-get')) return false;
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
};

/** Installs what is missing where this user may; what is still missing after that is named, and its tests skip. */
const ensureTools = async (tools, say) => {
  const packages = missingOf(tools).map((program) => tools[program]);
  if (packages.length > 0 && mayInstall()) {
    say(`installing ${packages.join(', ')} with apt-get`);
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const install = ['install', '--yes', '--no-install-recommends', ...packages];
    const first = await run('apt-get', install, { env });
    if (first.code !== 0) {
      await run('apt-get', ['update'], { env });
      await run('apt-get', install, { env });
    }
  }
  const left = missingOf(tools).map((program) => tools[program]);
  say(
    left.length === 0
      ? `${Object.values(tools).join(', ')} are here`
      : `not here: ${left.join(', ')}. Install them to run the tests that need them; those skip now.`,
  );
};

/** Where test/kube/kit.ts looks. */
const hasKit = () => existsSync(join(process.env.VERBATIM_KUBE_KIT ?? at('..', 'shared', 'kube'), 'up'));

/** What `npm test` needs; a node of Kubernetes only where there is a kit to make one. */
export const ensureTestTools = async (say) => {
  await ensureTools(TOOLS, say);
  if (hasKit()) await ensureTools(NODE_TOOLS, say);
};

/** What `npm run test:kube` needs. */
export const ensureKubeTools = async (say) => {
  await ensureTools({ ...NODE_TOOLS, ...IMAGE_TOOLS }, say);
};
