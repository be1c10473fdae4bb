import { constants } from 'node:fs';
import { copyFile, link, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ModelEntry, WhisperShape } from './catalogue.ts';
import { contentsDiffer, readContents } from './file-contents.ts';
import { ModelError, reasonOf } from './model-error.ts';
import type { PullOptions, StagedFile } from './pull-options.ts';
import { OWN_FILES } from './stored-model.ts';
import { verifyStaged } from './verify-staged.ts';

/**
 * Brings a model's files out of the folder that the user named. A model with a shape may come in files of the user's
 * own, such as weights in another precision or fine-tuned ones, as long as they have that shape: whoever sets the
 * folder answers for them. All others must be the published files.
 */
export const stageFromFolder = async (
  entry: ModelEntry,
  source: string,
  work: string,
  { log, signal }: PullOptions,
): Promise<StagedFile[]> => {
  const staging = join(work, 'files');
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  const folder = await folderOf(entry, source);
  for (const { name } of entry.files) {
    signal?.throwIfAborted();
    await bring(join(folder, name), join(staging, name)).catch((error: unknown) => {
      throw new ModelError(
        `The model ${entry.id} can't be copied from ${folder}, the folder that VERBATIM_MODEL_SOURCE names: ${reasonOf(error)}.`,
        { cause: error },
      );
    });
  }
  if (entry.shape === undefined) return verifyStaged(entry, source, ({ name }) => join(staging, name), signal);

  const staged: StagedFile[] = [];
  for (const file of entry.files) {
    const path = join(staging, file.name);
    const found = await readContents(path, file, signal);
    if (found === undefined) throw new ModelError(`${path}, which was just copied, is gone.`);
    const origin = contentsDiffer(file, found) === '' ? undefined : OWN_FILES;
    staged.push({ name: file.name, path, sha256: found.sha256, origin });
  }
  const own = staged.filter(({ origin }) => origin === OWN_FILES).map(({ name }) => name);
  if (own.length === 0) return staged;
  await checkShape(entry, entry.shape, folder);
  log?.(
    `The model ${entry.id} in ${folder} is not known to be the published one (${own.join(', ')}); it is used as it is.`,
  );
  // All or none: what these files are worth together is for their owner to say.
  return staged.map((file) => ({ ...file, origin: OWN_FILES }));
};

/** The folder itself, or the one in it that bears the model's or its repository's name. */
const folderOf = async ({ id, source }: ModelEntry, folder: string): Promise<string> => {
  const names = source.kind === 'huggingface' ? [id, source.repository] : [id];
  for (const name of names) {
    const own = join(folder, name);
    if ((await stat(own).catch(() => undefined))?.isDirectory()) return own;
  }
  return folder;
};

/** Files of this size and more are linked where the file system can, so that gigabytes do not lie there twice. */
const LINKED_FROM_BYTES = 64 * 2 ** 20;

const bring = async (from: string, to: string): Promise<void> => {
  if ((await stat(from)).size >= LINKED_FROM_BYTES) {
    try {
      return await link(from, to);
    } catch {
      // Another file system, or one without links, or somebody else's file: a copy does as well.
    }
  }
  await copyFile(from, to, constants.COPYFILE_FICLONE);
};

const configSchema = z.object({
  d_model: z.number(),
  encoder_layers: z.number(),
  decoder_layers: z.number(),
  vocab_size: z.number(),
  // As transformers' WhisperConfig has it where the file does not.
  num_mel_bins: z.number().default(80),
});

const checkShape = async (entry: ModelEntry, shape: WhisperShape, folder: string): Promise<void> => {
  const path = join(folder, 'config.json');
  const config = configSchema.safeParse(parse(await readFile(path, 'utf8')));
  if (!config.success) throw new ModelError(`${path} is no configuration of a Whisper model.`);
  for (const [name, wanted] of Object.entries(shape)) {
    const found = config.data[name as keyof WhisperShape];
    if (found === wanted) continue;
    throw new ModelError(
      `The model in ${folder} is not ${entry.id}: its config.json says ${name} ${found} in place of ${wanted}.`,
    );
  }
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
