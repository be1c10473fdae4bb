import { describe, expect, it } from 'vitest';
import { newId, type StoreFixture, specOf } from './store-under-test.ts';

/** Listing the sessions of a tenant. */
export const listContract = ({ open, passTtls, underTest }: StoreFixture): void => {
  describe('listing', () => {
    const pages = async (tenant: string, limit: number): Promise<string[][]> => {
      const { store } = underTest();
      const found: string[][] = [];
      for (let after: string | null = null, more = true; more; ) {
        const page = await store.list(tenant, { limit, after });
        found.push(page.sessions.map(({ spec }) => spec.sessionId));
        after = page.next;
        more = after !== null;
      }
      return found;
    };

    it('pages through all sessions of a tenant, open and closed, newest first, each once', async () => {
      const tenant = newId('tenant');
      const ids: string[] = [];
      for (let i = 0; i < 7; i++) ids.unshift((await open(tenant)).id);
      await underTest().store.close(ids[2]!, 'idle');
      expect(await pages(tenant, 3)).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
      expect(await pages(tenant, 7)).toEqual([ids]);
      expect(await pages(tenant, 100)).toEqual([ids]);
    });

    it('goes on where it was when sessions come, change and go between the pages', async () => {
      const tenant = newId('tenant');
      const ids: string[] = [];
      for (let i = 0; i < 6; i++) ids.unshift((await open(tenant)).id);
      const { store } = underTest();
      const first = await store.list(tenant, { limit: 2, after: null });
      await open(tenant);
      await store.erase(ids[1]!);
      await store.touch(ids[5]!);
      const second = await store.list(tenant, { limit: 10, after: first.next });
      expect(second.sessions.map(({ spec }) => spec.sessionId)).toEqual(ids.slice(2));
      expect(second.next).toBeNull();
    });

    it('leaves no room in a page for an erased session', async () => {
      const tenant = newId('tenant');
      const kept = await open(tenant);
      const erased = await open(tenant);
      await erased.store.erase(erased.id);
      expect(await pages(tenant, 1)).toEqual([[kept.id]]);
    });

    it("shows a tenant no other tenant's sessions", async () => {
      const { id, spec } = await open();
      const other = await open();
      expect(await pages(spec.tenant, 10)).toEqual([[id]]);
      expect(await pages(other.spec.tenant, 10)).toEqual([[other.id]]);
      expect(await pages(newId('nobody'), 10)).toEqual([[]]);
    });

    it('shows no session of a job, whatever it does, though it can be read', async () => {
      const tenant = newId('tenant');
      const { id } = await open(tenant);
      const { store } = underTest();
      const spec = { ...specOf(newId('s'), tenant), kind: 'job' as const };
      await store.open(spec, 'hash');
      await passTtls(0.6);
      await store.touch(id);
      await store.claim(spec.sessionId, 'a');
      await store.close(spec.sessionId, 'end_of_audio');
      expect(await pages(tenant, 10)).toEqual([[id]]);
      expect(await store.get(spec.sessionId)).toMatchObject({ spec, status: 'closed' });
      await store.erase(spec.sessionId);
      expect(await store.get(spec.sessionId)).toBeNull();
    });

    it('gives the same records as get', async () => {
      const { store, id, spec } = await open();
      await store.claim(id, 'a');
      expect((await store.list(spec.tenant, { limit: 1, after: null })).sessions).toEqual([await store.get(id)]);
    });

    it('rejects a page size below 1 and a token that it never gave', async () => {
      const { store, spec } = await open();
      const list = (limit: number, after: string | null) => store.list(spec.tenant, { limit, after });
      await expect(list(0, null)).rejects.toMatchObject({ code: 'invalid_argument', field: 'limit' });
      await expect(list(Number.NaN, null)).rejects.toMatchObject({ code: 'invalid_argument', field: 'limit' });
      await expect(list(5, 'no such page')).rejects.toMatchObject({ code: 'invalid_argument', field: 'after' });
    });
  });
};
