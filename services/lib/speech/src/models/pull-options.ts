import type { ModelHub } from './model-hub.ts';
import type { NpmRegistry } from './npm-registry.ts';
import type { DownloadProgress } from './resumable-download.ts';
import type { VerifiedFile } from './stored-model.ts';

export interface PullOptions {
  /** The folder that holds everything that can be fetched again; models go into a folder of their own there. */
  readonly cacheDir: string;
  /**
   * A folder that holds the model's files, or one folder for each model, used in place of any download; or the address
   * of a mirror of the Hugging Face hub, used in place of the hub.
   */
  readonly source?: string | undefined;
  /** Of all files of the model together. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Is told, in sentences, what a user would wonder about: a broken file, another process that is fetching. */
  readonly log?: (message: string) => void;
  readonly signal?: AbortSignal;
  /** Default: the registry that the user's npm settings name. */
  readonly openRegistry?: () => Promise<NpmRegistry>;
  /** Default: the hub at that address, by way of the proxy that the user's npm settings name. */
  readonly openHub?: (address: string) => Promise<ModelHub>;
  readonly retryDelaysMs?: readonly number[];
}

/** A file that was brought and verified, and where it lies until it takes its place. */
export interface StagedFile extends VerifiedFile {
  readonly path: string;
}

/** Whether a model source is a mirror's address and not a folder. */
export const isAddress = (source: string): boolean => /^https?:\/\//i.test(source);
