import { describe } from 'vitest';
import { idempotencyKeyContract } from './idempotency-key-contract.ts';
import { jobClaimContract } from './job-claim-contract.ts';
import { jobLifecycleContract } from './job-lifecycle-contract.ts';
import { jobListContract } from './job-list-contract.ts';
import { type JobStoreUnderTest, useJobStore } from './job-store-under-test.ts';

/** What every JobStore does; run it against each adapter. */
export const jobStoreContract = (makeStore: () => Promise<JobStoreUnderTest>): void => {
  describe('a job store', () => {
    const fixture = useJobStore(makeStore);
    jobLifecycleContract(fixture);
    jobClaimContract(fixture);
    jobListContract(fixture);
    idempotencyKeyContract(fixture);
  });
};
