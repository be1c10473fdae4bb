import { setMaxListeners } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../bench/bench-error.ts';
import { loadCorpus } from '../bench/corpus.ts';
import { describeMachine, machineFacts } from '../bench/machine.ts';
import { ClusterError } from '../cluster/cluster-error.ts';
import { ChaosError } from './chaos-error.ts';
import { chaosTracks } from './chaos-tracks.ts';
import { parseOptions, USAGE } from './options.ts';
import { runChaos } from './run-chaos.ts';

/** This file runs as test/dist/chaos/main.js. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = path.join('.verbatim', 'chaos');

async function main(signal: AbortSignal): Promise<boolean> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    print(USAGE);
    return true;
  }
  const seed = options.seed ?? Math.floor(Math.random() * 1_000_000);
  const machine = machineFacts();
  print(`CHAOS: seed ${seed} (npm run test:chaos -- --seed ${seed} repeats tracks, faults and their moments)`);
  print(describeMachine(machine));
  const corpus = await loadCorpus(ROOT, 'en');
  const tracks = chaosTracks(corpus, options.tracks, seed);
  const folder = path.join(ROOT, FOLDER);
  await rm(folder, { recursive: true, force: true });
  const result = await runChaos({ options, seed, tracks, folder, print, note, signal });
  const target = path.resolve(ROOT, options.json);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, `${JSON.stringify({ seed, machine, data: corpus.manifest, options, ...result }, null, 2)}\n`);
  print(`All figures: ${options.json}`);
  if (result.failed > 0) print(`What the processes said: ${path.join(FOLDER, 'logs')}`);
  else await rm(folder, { recursive: true, force: true });
  print(`${result.passed} passed, ${result.failed} failed`);
  return result.failed === 0;
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
  process.once(signal, () => stopping.abort(new ChaosError(`The run was ended by ${signal}.`)));
}

main(stopping.signal).then(
  (passed) => process.exit(passed ? 0 : 1),
  (error: unknown) => {
    const cause: unknown = stopping.signal.aborted ? stopping.signal.reason : error;
    const isSentence = cause instanceof ChaosError || cause instanceof ClusterError || cause instanceof BenchError;
    note(isSentence ? cause.message : cause instanceof Error ? String(cause.stack) : String(cause));
    note(`What the processes said: ${path.join(FOLDER, 'logs')}`);
    print('0 passed, 1 failed');
    process.exit(1);
  },
);
