import type { StandaloneConfig } from '@verbatim/kit';
import type { Corpus } from './corpus.ts';
import type { BenchOptions } from './options.ts';

/** What every benchmark is given. */
export interface BenchContext {
  /** The repository. */
  readonly root: string;
  /** The settings that the server under test reads from the environment too. */
  readonly config: StandaloneConfig;
  readonly options: BenchOptions;
  readonly corpus: Corpus;
  /** Prints a line of the report. */
  readonly print: (text: string) => void;
  /** Shows on standard error what is going on. */
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A figure against what was aimed for. */
export interface Goal {
  readonly name: string;
  /** Null where it could not be measured. */
  readonly value: number | null;
  readonly limit: number;
  readonly unit: string;
  readonly met: boolean;
}

export function atMost(name: string, value: number | null, limit: number, unit: string): Goal {
  return { name, value, limit, unit, met: value !== null && value <= limit };
}

export function atLeast(name: string, value: number | null, limit: number, unit: string): Goal {
  return { name, value, limit, unit, met: value !== null && value >= limit };
}

export function printGoals(goals: readonly Goal[], print: (text: string) => void): void {
  for (const { name, value, limit, unit, met } of goals) {
    const measured = value === null ? 'not measured' : `${Number(value.toFixed(2))} ${unit}`;
    print(`goal: ${name}: ${measured} (goal ${limit} ${unit}): ${met ? 'met' : 'MISSED'}`);
  }
}
