import type { ModelEntry, ModelFile } from './catalogue.ts';
import { ModelError } from './model-error.ts';
import type { StagedFile } from './pull-options.ts';
import { checkFile, type FileReport } from './stored-model.ts';

export const describeReport = ({ name, detail }: FileReport): string => `${name}: ${detail}`;

export const notExpected = ({ id }: ModelEntry, place: string, report: FileReport): ModelError =>
  new ModelError(`The model ${id} in ${place} is not the expected one (${describeReport(report)}).`);

/** Compares every file of a model with the catalogue. @throws ModelError that names the first one that differs. */
export const verifyStaged = async (
  entry: ModelEntry,
  place: string,
  pathOf: (file: ModelFile) => string,
  signal: AbortSignal | undefined,
): Promise<StagedFile[]> => {
  const staged: StagedFile[] = [];
  for (const file of entry.files) {
    const path = pathOf(file);
    const report = await checkFile(file, path, signal);
    if (report.state !== 'ok' || report.sha256 === undefined) throw notExpected(entry, place, report);
    staged.push({ name: file.name, path, sha256: report.sha256 });
  }
  return staged;
};
