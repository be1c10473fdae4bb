import type { Clock, SessionEvent } from '@verbatim/contracts';
import { type Admission, type AdmissionInput, nextAdmission } from './admission.ts';

/**
 * Reads a new session's feed until a transcriber has taken it; what follows on the feed is left unread.
 * @returns whether it was taken before `waitMs` were over and before `signal` aborted.
 */
export const awaitAdmission = async (
  feed: AsyncIterator<SessionEvent>,
  waitMs: number,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<boolean> => {
  let giveUp = () => {};
  const waitOver = new Promise<AdmissionInput>((resolve) => {
    giveUp = () => resolve({ type: 'wait_over' });
  });
  const stopTimer = clock.after(waitMs, giveUp);
  signal?.addEventListener('abort', giveUp, { once: true });
  if (signal?.aborted) giveUp();
  try {
    let state: Admission = 'waiting';
    while (state === 'waiting') state = nextAdmission(state, await Promise.race([nextInput(feed), waitOver]));
    return state === 'admitted';
  } finally {
    stopTimer();
    signal?.removeEventListener('abort', giveUp);
  }
};

const nextInput = async (feed: AsyncIterator<SessionEvent>): Promise<AdmissionInput> => {
  const next = await feed.next();
  return next.done === true ? { type: 'feed_ended' } : next.value;
};
