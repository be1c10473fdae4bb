import { readConfig, standaloneSchema } from '@verbatim/kit';
import { findModel, listModels } from '@verbatim/speech';
import { describe } from 'vitest';

/** What the fixtures and the command are called with, whatever the tests are run under. */
export const config = readConfig(standaloneSchema, process.env);

const here = (await listModels(config.VERBATIM_CACHE_DIR)).some(
  ({ entry, installed }) => installed && entry.id === findModel(config.STT_MODEL).id,
);

/** A describe of tests that recognise speech: skipped, with its reason, where the model is not on this machine. */
export const describeWithModel = (title: string, tests: () => void): void => {
  if (here) describe(title, tests);
  else describe.skip(`${title} (skipped: the model ${config.STT_MODEL} is not in ${config.VERBATIM_CACHE_DIR})`, tests);
};

/** The path of a recording of the repository's test/fixtures/speech. */
export const recording = (name: string): string =>
  new URL(`../../../test/fixtures/speech/${name}`, import.meta.url).pathname;
