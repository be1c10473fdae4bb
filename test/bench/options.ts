import { parseArgs } from 'node:util';
import { BenchError } from './bench-error.ts';

export const BENCHMARKS = [
  'accuracy',
  'latency',
  'scale',
  'jobs',
  'tracing',
  'whisper',
  'distributed',
  'cluster-scale',
  'idle',
  'soak',
] as const;
export type Benchmark = (typeof BENCHMARKS)[number];

/** What runs when nothing is named: all of the default model but what only waits. */
const USUAL: readonly Benchmark[] = ['accuracy', 'latency', 'scale', 'jobs', 'distributed', 'cluster-scale'];

export const SILENCES = ['stream', 'pause'] as const;
/** What a session sends while nobody speaks: silence as audio, or nothing but keep-alives. */
export type Silence = (typeof SILENCES)[number];

export interface BenchOptions {
  readonly help: boolean;
  readonly benchmarks: readonly Benchmark[];
  /** File for the result. */
  readonly json: string;
  /** Folder with a manifest.jsonl, relative to the repository; null: the usual ones. */
  readonly data: string | null;
  /** Clips of the latency and distributed benchmarks. */
  readonly clips: number;
  /** How long each level of the scale benchmarks is held, in seconds. */
  readonly seconds: number;
  /** Numbers of sessions to try in this order; null: search. */
  readonly sessions: readonly number[] | null;
  /** The most sessions that a search tries. */
  readonly search: number;
  /** Share of speech in the scale benchmark's audio, 0 to 1. */
  readonly speechShare: number;
  /** Folder for CPU profiles of the server under test. */
  readonly cpuProfiles: string | null;
  /** Sessions of the idle benchmark. */
  readonly open: number;
  /** How long the idle benchmark holds them, in seconds. */
  readonly idleSeconds: number;
  readonly silence: Silence;
  /** Length of the soak benchmark. */
  readonly minutes: number;
}

const DEFAULT_LEVELS = [1, 10, 20, 30, 45, 60, 80];

export const USAGE = `npm run bench -- [BENCHMARK…|all] [options]

One process:
  accuracy       word error rate through the live stream against that of whole utterances
  latency        speech start to first partial, speech end to final, at real-time pace, one session at a time
  scale          the most real-time sessions with timely finals and nothing dropped; CPU and memory for each
  jobs           files: hours of audio an hour, what they cost live sessions, word errors
  tracing        what traces of every utterance cost with 20 sessions, in turn with and without
  whisper        whisper-base: texts in six languages, speed, word times, memory, sounds without speech, and the first three
A cluster of processes with nats-server and redis-server, which must be installed:
  distributed    what the cluster adds to those latencies: the same clips, in turn through one process and a cluster
  cluster-scale  the sessions that one and two transcribers carry; CPU and memory of each process
  idle           many open, mostly silent sessions through one ingress and one transcriber
  soak           memory of each process while sessions come and go
Nothing named, or all: everything but tracing, whisper, idle and soak.

  --json FILE           where the figures go (default .verbatim/bench.json)
  --data FOLDER         clips: a folder with a manifest.jsonl (default ../shared/speech, else test/fixtures/speech)
  --clips N             latency, distributed: how many clips (24)
  --sessions N,N,...    both scales: levels to try, up to the first that fails (${DEFAULT_LEVELS.join(',')})
  --search LIMIT        both scales: instead of a list, find the most sessions up to LIMIT by bisection
  --seconds N           both scales: how long each level is held (45)
  --speech-share N      both scales, soak: share of speech in the audio, 0.1 to 0.9 (0.5)
  --open N              idle: how many sessions (1000)
  --idle-seconds N      idle: how long they are held (300)
  --silence pause       idle: between words, send nothing but keep-alives; or "stream": send silence (pause)
  --minutes N           soak: how long (30)
  --cpu-prof FOLDER     profile the server under test; one .cpuprofile for each of its threads

The server is configured by the environment as ever: STT_MODEL, STREAMING_WORKERS, VERBATIM_CACHE_DIR, …`;

const TEXT = { type: 'string' } as const;
const OPTIONS = {
  json: TEXT,
  data: TEXT,
  clips: TEXT,
  sessions: TEXT,
  search: TEXT,
  seconds: TEXT,
  'speech-share': TEXT,
  'cpu-prof': TEXT,
  open: TEXT,
  'idle-seconds': TEXT,
  silence: TEXT,
  minutes: TEXT,
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws BenchError that names the argument. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parsed(args);
  const sessions = values.sessions?.split(',').map((each) => number('--sessions', each, 1, 100_000));
  if (sessions && values.search !== undefined) throw new BenchError('Give --sessions or --search, not both.');
  return {
    help: values.help ?? false,
    benchmarks: benchmarks(positionals),
    json: values.json ?? '.verbatim/bench.json',
    data: values.data ?? null,
    clips: number('--clips', values.clips ?? '24', 1, 10_000),
    seconds: number('--seconds', values.seconds ?? '45', 15, 3_600),
    sessions: values.search === undefined ? (sessions ?? DEFAULT_LEVELS) : null,
    search: number('--search', values.search ?? '200', 1, 100_000),
    speechShare: number('--speech-share', values['speech-share'] ?? '0.5', 0.1, 0.9, false),
    cpuProfiles: values['cpu-prof'] ?? null,
    open: number('--open', values.open ?? '1000', 1, 100_000),
    idleSeconds: number('--idle-seconds', values['idle-seconds'] ?? '300', 30, 86_400),
    silence: silence(values.silence ?? 'pause'),
    minutes: number('--minutes', values.minutes ?? '30', 3, 7 * 24 * 60),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new BenchError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function benchmarks(names: readonly string[]): readonly Benchmark[] {
  const unknown = names.find((name) => name !== 'all' && !BENCHMARKS.some((known) => known === name));
  if (unknown !== undefined) throw new BenchError(`There is no benchmark "${unknown}".\n\n${USAGE}`);
  if (names.length === 0 || names.includes('all')) return USUAL;
  return BENCHMARKS.filter((known) => names.includes(known));
}

function silence(text: string): Silence {
  const known = SILENCES.find((each) => each === text);
  if (known === undefined) throw new BenchError(`--silence is "${text}"; it must be ${SILENCES.join(' or ')}.`);
  return known;
}

function number(name: string, text: string, min: number, max: number, whole = true): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  throw new BenchError(`${name} is "${text}"; it must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`);
}
