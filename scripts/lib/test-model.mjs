import { pathToFileURL } from 'node:url';
import { at } from './project.mjs';

const load = (path) => import(pathToFileURL(at(path)));

/** Brings the default model into the user's cache, so that the tests that recognise speech can run; gives its folder. */
export const ensureTestModel = async (say) => {
  const { findModel, listModels, pullModel } = await load('services/lib/speech/dist/models/index.js');
  const { DEFAULT_MODEL, readConfig, standaloneSchema } = await load('services/lib/kit/dist/index.js');
  const { VERBATIM_CACHE_DIR: cacheDir, VERBATIM_MODEL_SOURCE: source } = readConfig(standaloneSchema, process.env);
  const here = (await listModels(cacheDir)).some(({ entry, installed }) => installed && entry.id === DEFAULT_MODEL);
  if (!here) say(`fetching ${DEFAULT_MODEL}, about 20 MB`);
  const folder = await pullModel(findModel(DEFAULT_MODEL), { cacheDir, source, log: say });
  say(`${DEFAULT_MODEL} is here`);
  return folder;
};
