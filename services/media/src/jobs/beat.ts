import type { Clock } from '@verbatim/contracts';

/** Calls `act` at each interval until the returned function is called. */
export function beat(clock: Clock, everyMs: number, act: () => Promise<void>): () => void {
  let cancel = clock.after(everyMs, function tick() {
    // A heartbeat that fails is missed; how many may be is for the queue to say.
    act().catch(() => {});
    cancel = clock.after(everyMs, tick);
  });
  return () => cancel();
}
