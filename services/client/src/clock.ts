import type { Clock } from '@verbatim/contracts';

/** Real time. Its timers keep a process alive: nothing else does while a client waits to connect again. */
export const liveClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
