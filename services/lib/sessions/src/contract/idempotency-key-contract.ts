import { describe, expect, it } from 'vitest';
import type { JobStoreFixture } from './job-store-under-test.ts';
import { newId } from './store-under-test.ts';

const RESERVED = { state: 'reserved' };
const BUSY = { state: 'busy' };
const KEY = 'a key of „any“ letters: {1} 😀';

/** What a client's idempotency key stands for. */
export const idempotencyKeyContract = ({ pass, underTest }: JobStoreFixture): void => {
  describe('idempotency keys', () => {
    it('are reserved for one request, others find them busy', async () => {
      const { store } = underTest();
      const tenant = newId('tenant');
      expect(await store.reserveKey(tenant, KEY, 'a')).toEqual(RESERVED);
      expect(await store.reserveKey(tenant, KEY, 'b')).toEqual(BUSY);
      expect(await store.reserveKey(tenant, KEY, 'a')).toEqual(RESERVED);
    });

    it('are reserved for one of many who want the same one at once', async () => {
      const { store } = underTest();
      const tenant = newId('tenant');
      const states = await Promise.all(Array.from({ length: 10 }, (_, i) => store.reserveKey(tenant, KEY, `${i}`)));
      expect(states.filter(({ state }) => state === 'reserved')).toHaveLength(1);
      expect(states.filter(({ state }) => state === 'busy')).toHaveLength(9);
    });

    it('stand for the job that the request made, for everybody', async () => {
      const { store } = underTest();
      const tenant = newId('tenant');
      await store.reserveKey(tenant, KEY, 'a');
      await store.settleKey(tenant, KEY, 'a', 'job-1', 'print-1');
      const used = { state: 'used', jobId: 'job-1', fingerprint: 'print-1' };
      expect(await store.reserveKey(tenant, KEY, 'b')).toEqual(used);
      expect(await store.reserveKey(tenant, KEY, 'a')).toEqual(used);
      await store.settleKey(tenant, KEY, 'a', 'job-2', 'print-2');
      await store.releaseKey(tenant, KEY, 'a');
      expect(await store.reserveKey(tenant, KEY, 'b')).toEqual(used);
    });

    it('are free again once they are released', async () => {
      const { store } = underTest();
      const tenant = newId('tenant');
      await store.reserveKey(tenant, KEY, 'a');
      await store.releaseKey(tenant, KEY, 'a');
      await store.settleKey(tenant, KEY, 'a', 'job-1', 'print-1');
      expect(await store.reserveKey(tenant, KEY, 'b')).toEqual(RESERVED);
      await store.releaseKey(tenant, KEY, 'b');
      expect(await store.reserveKey(tenant, KEY, 'b')).toEqual(RESERVED);
    });

    it('are settled and released by their holder alone', async () => {
      const { store } = underTest();
      const tenant = newId('tenant');
      await store.settleKey(tenant, KEY, 'b', 'job-1', 'print-1');
      await store.releaseKey(tenant, KEY, 'b');
      expect(await store.reserveKey(tenant, KEY, 'a')).toEqual(RESERVED);
      await store.settleKey(tenant, KEY, 'b', 'job-1', 'print-1');
      await store.releaseKey(tenant, KEY, 'b');
      expect(await store.reserveKey(tenant, KEY, 'c')).toEqual(BUSY);
    });

    it('of one tenant are not those of another', async () => {
      const { store } = underTest();
      const tenant = newId('tenant');
      await store.reserveKey(tenant, KEY, 'a');
      expect(await store.reserveKey(newId('tenant'), KEY, 'b')).toEqual(RESERVED);
      expect(await store.reserveKey(tenant, `${KEY}.`, 'c')).toEqual(RESERVED);
    });

    it('are free after their time if nobody settles them, which asking does not renew', async () => {
      const { store, reservedSeconds } = underTest();
      const tenant = newId('tenant');
      await store.reserveKey(tenant, KEY, 'a');
      await pass(reservedSeconds * 0.6);
      expect(await store.reserveKey(tenant, KEY, 'b')).toEqual(BUSY);
      expect(await store.reserveKey(tenant, KEY, 'a')).toEqual(RESERVED);
      await pass(reservedSeconds * 0.6);
      expect(await store.reserveKey(tenant, KEY, 'b')).toEqual(RESERVED);
      await store.settleKey(tenant, KEY, 'a', 'job-1', 'print-1');
      expect(await store.reserveKey(tenant, KEY, 'c')).toEqual(BUSY);
    });

    it('are kept as long as an unfinished job once they are settled', async () => {
      const { store, unfinishedSeconds } = underTest();
      const tenant = newId('tenant');
      await store.reserveKey(tenant, KEY, 'a');
      await store.settleKey(tenant, KEY, 'a', 'job-1', 'print-1');
      await pass(unfinishedSeconds * 0.8);
      expect(await store.reserveKey(tenant, KEY, 'b')).toMatchObject({ state: 'used', jobId: 'job-1' });
      await pass(unfinishedSeconds * 0.4);
      expect(await store.reserveKey(tenant, KEY, 'b')).toEqual(RESERVED);
    });
  });
};
