import { type Clock, isFinished } from '@verbatim/contracts';
import { pause } from '../pause.ts';
import type { Job } from './job.ts';
import { Patience } from './patience.ts';

const FIRST_WAIT_MS = 250;
const MOST_WAIT_MS = 2_000;
const GROWTH = 1.5;

/**
 * A job each time that it has changed, up to its end. Asks often at first, as short files are done soon.
 * @throws what `ask` throws: at once in the beginning and where it will not pass, later after half a minute of nothing else.
 */
export async function* watchJob(
  ask: () => Promise<Job>,
  clock: Clock,
  signal: AbortSignal | undefined,
): AsyncGenerator<Job, void, undefined> {
  const patience = new Patience(clock);
  let shown = '';
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(MOST_WAIT_MS, waitMs * GROWTH)) {
    const job = await ask().catch((error: unknown) => patience.failure(error));
    if (job !== undefined) {
      patience.success();
      const seen = JSON.stringify(job);
      if (seen !== shown) yield job;
      shown = seen;
      if (isFinished(job.status)) return;
    }
    await pause(clock, waitMs, signal);
  }
}
