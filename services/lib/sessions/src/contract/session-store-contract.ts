import { describe } from 'vitest';
import { commitContract } from './commit-contract.ts';
import { lifecycleContract } from './lifecycle-contract.ts';
import { listContract } from './list-contract.ts';
import { type StoreUnderTest, useStore } from './store-under-test.ts';

/** What every SessionStore does; run it against each adapter. */
export const sessionStoreContract = (makeStore: () => Promise<StoreUnderTest>): void => {
  describe('a session store', () => {
    const fixture = useStore(makeStore);
    lifecycleContract(fixture);
    commitContract(fixture);
    listContract(fixture);
  });
};
