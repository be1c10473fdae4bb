import { ManualClock } from '@verbatim/contracts/testing';
import { describe } from 'vitest';
import { jobStoreContract } from '../contract/job-store-contract.ts';
import { createMemoryStores } from './stores.ts';

describe('the memory job store', () => {
  jobStoreContract(async () => {
    const clock = new ManualClock();
    const stores = createMemoryStores({
      clock,
      ttlSeconds: 60,
      unfinishedJobTtlSeconds: 120,
      reservationTtlSeconds: 60,
    });
    return {
      store: stores.jobs,
      finishedSeconds: 60,
      unfinishedSeconds: 120,
      reservedSeconds: 60,
      advance: (ms) => clock.advance(ms),
      dispose: async () => stores[Symbol.asyncDispose](),
    };
  });
});
