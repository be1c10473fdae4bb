import type { Metrics } from './metrics.ts';

/** From a store next door to one that a client notices. */
const BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** Tells how long calls to the session store take, and how many fail. */
export const storeMetrics = (metrics: Metrics): ((operation: string, ms: number, succeeded: boolean) => void) => {
  const durations = metrics.histogram('verbatim_store_duration_seconds', 'Calls to the session store', BUCKETS, [
    'operation',
  ]);
  const known = ['claim', 'commit', 'open', 'attach', 'get', 'close'].map((operation) => ({ operation }));
  const help = 'Calls to the session store that failed';
  const errors = metrics.counter('verbatim_store_errors_total', help, ['operation'], known);
  return (operation, ms, succeeded) => {
    durations.observe({ operation }, ms / 1000);
    if (!succeeded) errors.inc({ operation });
  };
};
