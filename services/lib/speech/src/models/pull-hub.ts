import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contents, HubSource, ModelEntry, ModelFile } from './catalogue.ts';
import { isPinned, sizeOf } from './file-contents.ts';
import { StatusError } from './http.ts';
import { ModelError, reasonOf } from './model-error.ts';
import { HUB_ERRORS, type ModelHub, openModelHub, PUBLIC_HUB } from './model-hub.ts';
import { isAddress, type PullOptions, type StagedFile } from './pull-options.ts';
import { downloadResumably, isDiskTrouble } from './resumable-download.ts';
import { checkFile, modelFolder, originOf } from './stored-model.ts';
import { notExpected } from './verify-staged.ts';

/**
 * Downloads a model's files from the Hugging Face hub, or from a mirror of it, into `work`, and goes on where an earlier
 * try stopped. Each file is compared with the catalogue or, where the catalogue has no hash of it, with the hash that
 * the hub gives for the pinned revision.
 */
export const stageFromHub = async (
  entry: ModelEntry,
  source: HubSource,
  work: string,
  options: PullOptions,
): Promise<StagedFile[]> => new HubPull(entry, source, work, options).run();

type WantedFile = ModelFile & Contents;

class HubPull {
  readonly #entry: ModelEntry;
  readonly #source: HubSource;
  readonly #place: string;
  readonly #options: PullOptions;
  readonly #address: string;

  constructor(entry: ModelEntry, source: HubSource, work: string, options: PullOptions) {
    this.#entry = entry;
    this.#source = source;
    // Named by what it must become, so that a part of another revision is not continued.
    this.#place = join(work, source.revision.slice(0, 16));
    this.#options = options;
    this.#address = options.source !== undefined && isAddress(options.source) ? options.source : PUBLIC_HUB;
  }

  async run(): Promise<StagedFile[]> {
    const { openHub = openModelHub } = this.#options;
    await mkdir(this.#place, { recursive: true });
    const hub = await openHub(this.#address);
    const files: WantedFile[] = [];
    for (const file of this.#entry.files) files.push(await this.#complete(hub, file));
    const total = files.reduce((sum, { size }) => sum + (size ?? 0), 0);
    const staged: StagedFile[] = [];
    let before = 0;
    for (const file of files) {
      staged.push(await this.#stage(hub, file, before, total));
      before += file.size ?? 0;
    }
    return staged;
  }

  /** The file with what the hub says of it where the catalogue does not. */
  async #complete(hub: ModelHub, file: ModelFile): Promise<WantedFile> {
    if (isPinned(file) && file.size !== undefined) return file;
    const said = await this.#named(file, () => hub.describe(this.#source, file.path, this.#options.signal));
    const { size = said.size } = file;
    const wanted = isPinned(file) ? { ...file, size } : { ...file, ...said, size };
    if (isPinned(wanted)) return wanted;
    throw new ModelError(
      `The model ${this.#entry.id} was not installed: ${this.#address} gives no checksum of ${file.path}, and none is known here.`,
    );
  }

  async #stage(hub: ModelHub, file: WantedFile, before: number, total: number): Promise<StagedFile> {
    const path = join(this.#place, file.name);
    if ((await sizeOf(path)) === undefined) await this.#reuse(file, path);
    const here = await this.#verified(file, path);
    const staged = here ?? (await this.#fetch(hub, file, path, before, total));
    this.#report(before + (file.size ?? 0), total);
    return staged;
  }

  async #fetch(hub: ModelHub, file: WantedFile, path: string, before: number, total: number): Promise<StagedFile> {
    const part = await sizeOf(path);
    const goesOn = part !== undefined && (file.size === undefined || part < file.size);
    if (!goesOn) await rm(path, { force: true });
    // A part that was damaged on this machine shows only when it is complete: one clean start makes up for it.
    for (const attempt of goesOn ? ['continued', 'clean'] : ['clean']) {
      await this.#named(file, () => this.#download(hub, file, path, before, total));
      const fetched = await this.#verified(file, path);
      if (fetched) return fetched;
      if (attempt === 'clean') break;
      this.#options.log?.(
        `The partly fetched ${file.name} of the model ${this.#entry.id} was damaged; fetching it from the start.`,
      );
      await rm(path, { force: true });
    }
    const report = await checkFile(file, path, this.#options.signal);
    await rm(path, { force: true });
    throw notExpected(this.#entry, this.#address, report);
  }

  async #verified(file: WantedFile, path: string): Promise<StagedFile | undefined> {
    const { state, sha256 } = await checkFile(file, path, this.#options.signal);
    if (state !== 'ok' || sha256 === undefined) return undefined;
    return { name: file.name, path, sha256, origin: originOf(this.#entry) };
  }

  /** A file that is in the model's folder already, from an install of which another file was damaged. */
  async #reuse(file: WantedFile, path: string): Promise<void> {
    const installed = join(modelFolder(this.#entry, this.#options.cacheDir), file.name);
    if ((await checkFile(file, installed, this.#options.signal)).state !== 'ok') return;
    await link(installed, path).catch(() => copyFile(installed, path));
  }

  async #download(hub: ModelHub, file: WantedFile, path: string, before: number, total: number): Promise<void> {
    const { signal, retryDelaysMs } = this.#options;
    await downloadResumably({
      read: async (from) => {
        const answer = await hub.read(this.#source, file.path, from, signal);
        if (answer.total === undefined || file.size === undefined || answer.total === file.size) return answer;
        // Known before the first byte: gigabytes need not come to see it.
        const detail = `${answer.total} bytes in place of ${file.size}`;
        throw notExpected(this.#entry, this.#address, { name: file.name, state: 'broken', detail });
      },
      path,
      onProgress: ({ receivedBytes }) => this.#report(before + receivedBytes, total),
      signal,
      retryDelaysMs,
    });
  }

  #report(receivedBytes: number, totalBytes: number): void {
    this.#options.onProgress?.({ receivedBytes, totalBytes });
  }

  /** Runs `work`; what goes wrong becomes one sentence. */
  async #named<T>(file: ModelFile, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      if (isDiskTrouble(error) || error instanceof ModelError) throw error;
      throw new ModelError(
        `The model ${this.#entry.id} is not on this machine and ${this.#problem(file, error)}; check the network and npm's proxy settings, or set VERBATIM_MODEL_SOURCE to a mirror or to a folder that holds its files.`,
        { cause: error },
      );
    }
  }

  #problem({ path }: ModelFile, error: unknown): string {
    const { repository, revision } = this.#source;
    if (!(error instanceof StatusError)) return `${this.#address} can't be reached: ${reasonOf(error)}`;
    if (error.code === HUB_ERRORS.revision) {
      return `${this.#address} does not have ${repository} at revision ${revision}, the one that this version takes: ${error.message}`;
    }
    return `${this.#address} refused ${path} of ${repository} at revision ${revision}: ${error.message}`;
  }
}
