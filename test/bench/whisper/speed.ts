import { SAMPLE_RATE } from '@verbatim/contracts';
import type { SpeechRuntime } from '@verbatim/speech';
import { quantile } from '../statistics.ts';
import { fixed, formatTable } from '../table.ts';
import type { FasterWhisper, Prototype } from './references.ts';

export interface SpeedRow {
  readonly seconds: number;
  /** Median milliseconds; null where the other one is not there. */
  readonly hereMs: number;
  readonly prototypeMs: number | null;
  readonly fasterWhisperMs: number | null;
}

const LENGTHS = [1, 3, 5, 11, 30];
const ROUNDS = 7;

/** Times one thread on the same speech, all in turn, so that the machine's moods meet them alike. */
export async function compareSpeed(
  runtime: SpeechRuntime,
  speech: Int16Array,
  { prototype, fasterWhisper }: { prototype: Prototype | null; fasterWhisper: FasterWhisper | null },
  signal: AbortSignal,
): Promise<readonly SpeedRow[]> {
  const rows: SpeedRow[] = [];
  for (const seconds of LENGTHS) {
    const pcm16 = speech.slice(0, seconds * SAMPLE_RATE);
    const times = { here: [] as number[], prototype: [] as number[], fasterWhisper: [] as number[] };
    for (let round = 0; round <= ROUNDS; round++) {
      signal.throwIfAborted();
      const began = performance.now();
      await runtime.decode(pcm16, { language: 'en' });
      const here = performance.now() - began;
      const proto = await prototype?.time(pcm16);
      const other = await fasterWhisper?.transcribe(pcm16, 'en');
      // The first round warms up.
      if (round === 0) continue;
      times.here.push(here);
      if (proto !== undefined) times.prototype.push(proto);
      if (other !== undefined) times.fasterWhisper.push(other.seconds * 1000);
    }
    rows.push({
      seconds,
      hereMs: quantile(times.here, 0.5)!,
      prototypeMs: quantile(times.prototype, 0.5),
      fasterWhisperMs: quantile(times.fasterWhisper, 0.5),
    });
  }
  return rows;
}

export function printSpeed(rows: readonly SpeedRow[], print: (text: string) => void): void {
  print(
    `SPEED, one thread: median milliseconds of ${ROUNDS} rounds in turn, and how many times as long the others take`,
  );
  const times = (other: number | null, here: number): string => (other === null ? '-' : `${fixed(other / here, 1)} x`);
  print(
    formatTable(
      ['speech', 'here', 'prototype', 'faster-whisper', 'prototype', 'faster-whisper'],
      rows.map(({ seconds, hereMs, prototypeMs, fasterWhisperMs }) => [
        ...[`${seconds} s`, fixed(hereMs, 0), fixed(prototypeMs, 0), fixed(fasterWhisperMs, 0)],
        ...[times(prototypeMs, hereMs), times(fasterWhisperMs, hereMs)],
      ]),
    ),
  );
}
