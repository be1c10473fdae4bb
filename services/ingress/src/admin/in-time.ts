import type { Clock } from '@verbatim/contracts';

/** What `promise` gives, or null if that takes longer; its rejection where that comes in time. */
export const inTime = <T>(promise: Promise<T>, clock: Clock, ms: number): Promise<T | null> =>
  new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(null));
    promise.then(resolve, reject).finally(cancel);
  });
