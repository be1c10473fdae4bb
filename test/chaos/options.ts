import { parseArgs } from 'node:util';
import { ChaosError } from './chaos-error.ts';
import { FAULT_KINDS, type FaultKind } from './fault-plan.ts';

export interface ChaosOptions {
  readonly help: boolean;
  /** Live sessions under faults, at least. */
  readonly sessions: number;
  /** At a time. */
  readonly concurrency: number;
  /** Decides the tracks, the faults and their moments; null: a new one. */
  readonly seed: number | null;
  /** No session and no fault begins later than what ends well within this time. */
  readonly minutesCap: number;
  readonly only: readonly FaultKind[];
  /** How often each fault. */
  readonly rounds: number;
  /** Different audio. */
  readonly tracks: number;
  /** Undisturbed sessions of each track. */
  readonly repeats: number;
  readonly gapSeconds: number;
  readonly memoryGapSeconds: number;
  readonly ingresses: number;
  readonly transcribers: number;
  /** File for the figures. */
  readonly json: string;
}

export const USAGE = `npm run test:chaos -- [options]

Streams real speech through a cluster of processes while its members are killed, drained, stopped and cut off, and
compares every session's text with that of undisturbed sessions of the same audio.

  --sessions N            live sessions under faults, at least (200)
  --concurrency N         sessions at a time (20)
  --seed S                repeat a run: it prints its seed at the start
  --minutes-cap M         no session or fault begins too late to end within this time (12)
  --only FAULT,…          of ${FAULT_KINDS.slice(0, 5).join(', ')},
                          ${FAULT_KINDS.slice(5).join(', ')}
  --rounds N              how often each fault (3)
  --tracks N              different audio (12)
  --repeats N             undisturbed sessions of each track, 2 or more (2)
  --gap-seconds N         between faults (5)
  --memory-gap-seconds N  before and after a fault that loses what NATS holds in memory (15)
  --ingresses N           (2)
  --transcribers N        (2)
  --json FILE             where the figures go (.verbatim/chaos.json)`;

const TEXT = { type: 'string' } as const;
const OPTIONS = {
  ...{ sessions: TEXT, concurrency: TEXT, seed: TEXT, 'minutes-cap': TEXT, only: TEXT, rounds: TEXT, tracks: TEXT },
  ...{ repeats: TEXT, 'gap-seconds': TEXT, 'memory-gap-seconds': TEXT, ingresses: TEXT, transcribers: TEXT },
  json: TEXT,
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws ChaosError that names the argument. */
export function parseOptions(args: readonly string[]): ChaosOptions {
  const values = parsed(args);
  const whole = (name: Exclude<keyof typeof values, 'help'>, fallback: number, min: number, max: number) =>
    wholeNumber(`--${name}`, values[name] ?? String(fallback), min, max);
  return {
    help: values.help ?? false,
    sessions: whole('sessions', 200, 1, 100_000),
    concurrency: whole('concurrency', 20, 1, 1_000),
    seed: values.seed === undefined ? null : whole('seed', 0, 0, 2 ** 32 - 1),
    minutesCap: whole('minutes-cap', 12, 3, 24 * 60),
    only: faults(values.only),
    rounds: whole('rounds', 3, 1, 1_000),
    tracks: whole('tracks', 12, 1, 100),
    repeats: whole('repeats', 2, 2, 100),
    gapSeconds: whole('gap-seconds', 5, 1, 600),
    memoryGapSeconds: whole('memory-gap-seconds', 15, 1, 600),
    ingresses: whole('ingresses', 2, 1, 20),
    transcribers: whole('transcribers', 2, 1, 20),
    json: values.json ?? '.verbatim/chaos.json',
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new ChaosError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function faults(text: string | undefined): readonly FaultKind[] {
  if (text === undefined) return FAULT_KINDS;
  return text.split(',').map((name) => {
    const kind = FAULT_KINDS.find((known) => known === name.trim());
    if (kind === undefined) throw new ChaosError(`There is no fault "${name}". Known: ${FAULT_KINDS.join(', ')}.`);
    return kind;
  });
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new ChaosError(`${name} is "${text}"; it must be a whole number from ${min} to ${max}.`);
}
