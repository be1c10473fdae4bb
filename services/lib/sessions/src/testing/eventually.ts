import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the check throws no more, for at most `ms` of real time; then throws what it threw last. */
export const eventually = async (check: () => void | Promise<void>, ms = 5_000): Promise<void> => {
  for (const deadline = performance.now() + ms; ; await sleep(20)) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
};
