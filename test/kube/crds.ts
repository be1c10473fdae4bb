import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '@verbatim/kit';
import { run } from './run.ts';

/** A Go module that pins the projects whose objects the chart may hold; Go compares them with its go.sum. */
const MODULE = fileURLToPath(new URL('./crds/', import.meta.url)).replace(
  `${path.sep}dist${path.sep}kube`,
  `${path.sep}kube`,
);

/** Definitions that lie in a project's module, as its authors made them. */
const IN_MODULES = [
  ['sigs.k8s.io/gateway-api', 'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml'],
  ['sigs.k8s.io/gateway-api', 'config/crd/standard/gateway.networking.k8s.io_grpcroutes.yaml'],
  ['github.com/kedacore/keda/v2', 'config/crd/bases/keda.sh_scaledobjects.yaml'],
] as const;

/** The Prometheus operator's types, of which its authors make definitions in the same way. */
const TYPES = 'github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1';
const OF_TYPES = ['podmonitors', 'servicemonitors', 'prometheusrules'];

/** A folder of CustomResourceDefinitions, or why there is none, in a sentence. */
export type Crds = { readonly folder: string } | { readonly missing: string };

/**
 * The definitions of objects of the Gateway API, KEDA and the Prometheus operator: those in this user's cache, or fetched
 * and made when they are missing.
 */
export const ensureCrds = async (): Promise<Crds> => {
  const what = `${await readFile(path.join(MODULE, 'go.sum'))}${JSON.stringify([IN_MODULES, TYPES, OF_TYPES])}`;
  const hash = createHash('sha256').update(what).digest('hex');
  const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'verbatim', 'kube');
  const folder = path.join(cache, `crds-${hash.slice(0, 16)}`);
  if (existsSync(folder)) return { folder };
  if (findProgram('go') === undefined) return { missing: 'go is not on this machine' };
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(path.join(cache, 'making-'));
  try {
    for (const [module, file] of IN_MODULES) {
      await cp(path.join(await folderOf(module), file), path.join(work, path.basename(file)));
    }
    await makeOfTypes(work);
    // In one step, so that nobody uses half of it; another test may have been quicker.
    await rename(work, folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
    return { folder };
  } catch (error) {
    // Without a network, for example.
    return { missing: `definitions can't be made: ${error instanceof Error ? error.message : error}` };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};

const folderOf = async (module: string): Promise<string> =>
  JSON.parse(await run('go', ['mod', 'download', '-json', module], { cwd: MODULE })).Dir;

const makeOfTypes = async (folder: string): Promise<void> => {
  const made = path.join(folder, 'made');
  const generator = ['crd:crdVersions=v1', `paths=${TYPES}`, `output:crd:dir=${made}`];
  await run('go', ['run', 'sigs.k8s.io/controller-tools/cmd/controller-gen', ...generator], { cwd: MODULE });
  for (const kind of OF_TYPES) {
    const file = `monitoring.coreos.com_${kind}.yaml`;
    await cp(path.join(made, file), path.join(folder, file));
  }
  await rm(made, { recursive: true });
};
