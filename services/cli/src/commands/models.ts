import { readConfig, type StandaloneConfig, standaloneSchema } from '@verbatim/kit';
import { findModel, type ListedModel, listModels, modelFolder, prepareEngine, verifyModel } from '@verbatim/speech';
import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import type { Io } from '../io.ts';

/** Adds `models list`, `models pull` and `models verify`. */
export function addModels(program: Command, io: Io, finish: (exitCode: number) => void): void {
  const models = program.command('models').description('See, fetch and check the models on this machine');
  models
    .command('list')
    .description('List the models of this version')
    .action(async () => finish(await list(io)));
  models
    .command('pull')
    .description('Fetch a model and build its engine, unless it is here already; prints its folder')
    .argument('[ID]', 'the model (default: the configured one)')
    .action(async (id: string | undefined) => finish(await pull(id, io)));
  models
    .command('verify')
    .description("Compare a model's files with their checksums")
    .argument('[ID]', 'the model (default: every model that is here)')
    .action(async (id: string | undefined) => finish(await verify(id, io)));
}

const configOf = (io: Io): StandaloneConfig => readConfig(standaloneSchema, io.env);

async function list(io: Io): Promise<number> {
  const config = configOf(io);
  const listed = await listModels(config.VERBATIM_CACHE_DIR);
  const rows = [['ID', 'LANGUAGES', 'SIZE', 'LICENCE', 'HERE'], ...listed.map(row)];
  await io.stdout.write(table(rows));
  return EXIT.ok;
}

const row = ({ entry, bytes, about, installed, own }: ListedModel): string[] => [
  entry.id,
  languagesOf(entry.languages),
  `${about ? 'about ' : ''}${(bytes / 1e6).toFixed(0)} MB`,
  entry.licence,
  own ? 'own files' : installed ? 'yes' : 'no',
];

/** More than a line holds are counted. */
const MOST_NAMED = 8;

const languagesOf = (languages: readonly string[]): string => {
  if (languages.length === 0) return 'any';
  return languages.length > MOST_NAMED ? `${languages.length} languages` : languages.join(' ');
};

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const lines = rows.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
};

async function pull(id: string | undefined, io: Io): Promise<number> {
  const config = configOf(io);
  const entry = findModel(id ?? config.STT_MODEL);
  const cacheDir = config.VERBATIM_CACHE_DIR;
  const { modelBars } = await import('@verbatim/standalone');
  const bars = modelBars(io.stderr, entry.id);
  await prepareEngine(entry, {
    cacheDir,
    source: config.VERBATIM_MODEL_SOURCE,
    signal: io.interruption(),
    onProgress: bars.fetched,
    onBuildProgress: bars.built,
    log: (sentence) => {
      bars.stop();
      io.stderr.write(`${sentence}\n`);
    },
  }).finally(bars.stop);
  await io.stdout.write(`${modelFolder(entry, cacheDir)}\n`);
  return EXIT.ok;
}

async function verify(id: string | undefined, io: Io): Promise<number> {
  const { VERBATIM_CACHE_DIR: cacheDir } = configOf(io);
  const entries = id === undefined ? (await listModels(cacheDir)).map(({ entry }) => entry) : [findModel(id)];
  const checked = [];
  for (const entry of entries) {
    const reports = await verifyModel(entry, cacheDir, io.interruption());
    // Of the models that nobody asked for by name, those that are not here at all are none of our business.
    if (id !== undefined || reports.some(({ state }) => state !== 'missing')) checked.push({ entry, reports });
  }
  if (checked.length === 0) throw new CliError('No model is on this machine; "verbatim models pull" fetches one.');
  const rows = checked.flatMap(({ entry, reports }) =>
    reports.map(({ name, state, detail }) => [entry.id, name, state, detail]),
  );
  await io.stdout.write(table(rows));
  const bad = checked.filter(({ reports }) => reports.some(({ state }) => state !== 'ok'));
  for (const { entry } of bad) io.stderr.write(`Get it again with: verbatim models pull ${entry.id}\n`);
  return bad.length === 0 ? EXIT.ok : EXIT.failed;
}
