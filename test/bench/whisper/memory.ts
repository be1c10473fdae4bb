import { SAMPLE_RATE } from '@verbatim/contracts';
import type { EngineSource } from '@verbatim/speech';
import { SpeechRuntime } from '@verbatim/speech';
import { readUsage } from '../process-usage.ts';

export interface MemoryResult {
  /** MiB of this process: before the engine, with one decode worker, after an utterance of 30 s, with a second worker. */
  readonly before: number;
  readonly loaded: number;
  readonly afterLongest: number;
  readonly secondWorker: number;
}

/** What an engine adds to a process's memory; null where the system does not tell. */
export async function measureMemory(engine: EngineSource, speech: Int16Array): Promise<MemoryResult | null> {
  const rss = async (): Promise<number> => {
    globalThis.gc?.();
    return (await readUsage(process.pid))?.rssMib ?? Number.NaN;
  };
  const before = await rss();
  if (Number.isNaN(before)) return null;
  const first = await SpeechRuntime.start({ engine, workers: 1 });
  await first.decode(speech.slice(0, SAMPLE_RATE));
  const loaded = await rss();
  await first.decode(speech.slice(0, 30 * SAMPLE_RATE));
  const afterLongest = await rss();
  const second = await SpeechRuntime.start({ engine, workers: 1 });
  await second.decode(speech.slice(0, 30 * SAMPLE_RATE));
  const secondWorker = await rss();
  await first.close();
  await second.close();
  return { before, loaded, afterLongest, secondWorker };
}

export function printMemory(result: MemoryResult | null, print: (text: string) => void): void {
  if (result === null) {
    print('MEMORY: this system does not tell');
    return;
  }
  const { before, loaded, afterLongest, secondWorker } = result;
  print(
    `MEMORY, MiB: the first decode worker adds ${Math.round(loaded - before)}, ${Math.round(afterLongest - before)} after an ` +
      `utterance of 30 s; a second one ${Math.round(secondWorker - afterLongest)}. Each live session: see scale.`,
  );
}
