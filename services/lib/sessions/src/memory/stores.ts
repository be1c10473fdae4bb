import { type Clock, systemClock } from '@verbatim/contracts';
import { type TtlOptions, ttlsOf } from '../ttls.ts';
import { MemoryJobStore } from './job-store.ts';
import { MemorySessionStore } from './session-store.ts';

export interface MemoryStoresOptions extends TtlOptions {
  /** Time for the records' ages and their expiry. Default: the process's own. */
  readonly clock?: Clock;
}

/** The stores of one process. Disposed, they have forgotten everything. */
export interface MemoryStores extends AsyncDisposable {
  readonly sessions: MemorySessionStore;
  readonly jobs: MemoryJobStore;
}

/**
 * The stores of a process that runs everything itself. Every call does its work in one turn of the event loop, which is
 * what makes a commit atomic.
 */
export const createMemoryStores = (options: MemoryStoresOptions = {}): MemoryStores => {
  const { clock = systemClock } = options;
  const ttls = ttlsOf(options);
  const sessions = new MemorySessionStore(clock, ttls.sessionMs);
  const jobs = new MemoryJobStore(clock, ttls);
  return {
    sessions,
    jobs,
    async [Symbol.asyncDispose]() {
      sessions.clear();
      jobs.clear();
    },
  };
};
