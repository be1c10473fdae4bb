export * from './catalogue.ts';
export { ModelError } from './model-error.ts';
export { discardEngine, type PrepareOptions, prepareEngine } from './prepare-engine.ts';
export { pullModel } from './pull.ts';
export type { PullOptions } from './pull-options.ts';
export type { DownloadProgress } from './resumable-download.ts';
export {
  type FileReport,
  type FileState,
  type ListedModel,
  listModels,
  modelFolder,
  verifyModel,
} from './stored-model.ts';
