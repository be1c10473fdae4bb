import { setMaxListeners } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, readConfig, standaloneSchema } from '@verbatim/kit';
import { ModelError } from '@verbatim/speech';
import { benchAccuracy } from './accuracy.ts';
import { BenchError } from './bench-error.ts';
import { benchClusterScale } from './cluster-scale.ts';
import type { BenchContext } from './context.ts';
import { type Corpus, loadCorpus } from './corpus.ts';
import { benchDistributed } from './distributed.ts';
import { benchIdle } from './idle.ts';
import { benchJobs } from './jobs.ts';
import { benchLatency } from './latency.ts';
import { describeMachine, machineFacts } from './machine.ts';
import { type Benchmark, parseOptions, USAGE } from './options.ts';
import { benchScale } from './scale.ts';
import { benchSoak } from './soak.ts';
import { benchTracing } from './tracing.ts';
import { benchWhisper } from './whisper.ts';

/** This file runs as test/dist/bench/main.js. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** What the default engine understands. */
const LANGUAGE = 'en';

const RUN: Readonly<Record<Benchmark, (context: BenchContext) => Promise<unknown>>> = {
  accuracy: benchAccuracy,
  latency: benchLatency,
  scale: benchScale,
  jobs: benchJobs,
  tracing: benchTracing,
  whisper: benchWhisper,
  distributed: benchDistributed,
  'cluster-scale': benchClusterScale,
  idle: benchIdle,
  soak: benchSoak,
};

async function main(signal: AbortSignal): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return print(USAGE);
  const config = readConfig(standaloneSchema, process.env);
  const corpus = await loadCorpus(ROOT, LANGUAGE, options.data ?? undefined);
  const machine = machineFacts();
  print(describeMachine(machine));
  print(`model ${config.STT_MODEL}, ${config.STREAMING_WORKERS} decode workers; ${describeCorpus(corpus)}`);
  const facts = { machine, model: config.STT_MODEL, workers: config.STREAMING_WORKERS, data: corpus.manifest, options };
  const results: Record<string, unknown> = {};
  const context: BenchContext = { root: ROOT, config, options, corpus, print, note, signal };
  for (const name of options.benchmarks) {
    print('');
    results[name] = await RUN[name](context);
    await writeJson(options.json, { ...facts, ...results });
  }
  print(`\nAll figures: ${options.json}`);
}

function describeCorpus({ manifest, clips }: Corpus): string {
  const minutes = clips.reduce((total, { seconds }) => total + seconds, 0) / 60;
  return `${clips.length} ${LANGUAGE} clips, ${minutes.toFixed(1)} min, of ${manifest}`;
}

async function writeJson(file: string, value: unknown): Promise<void> {
  const target = path.resolve(ROOT, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, `${JSON.stringify(value, null, 2)}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

const stopping = new AbortController();
// Every session listens to it.
setMaxListeners(0, stopping.signal);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stopping.abort(new BenchError(`The benchmark was ended by ${signal}.`)));
}

main(stopping.signal).then(
  () => process.exit(0),
  (error: unknown) => {
    const cause: unknown = stopping.signal.aborted ? stopping.signal.reason : error;
    const isSentence = cause instanceof BenchError || cause instanceof ConfigError || cause instanceof ModelError;
    note(isSentence ? cause.message : cause instanceof Error ? String(cause.stack) : String(cause));
    process.exit(1);
  },
);
