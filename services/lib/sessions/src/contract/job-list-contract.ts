import { describe, expect, it } from 'vitest';
import { COMPLETED, type JobStoreFixture } from './job-store-under-test.ts';
import { newId } from './store-under-test.ts';

/** Listing the jobs of a tenant. */
export const jobListContract = ({ open, openClaimed, pass, underTest }: JobStoreFixture): void => {
  describe('listing', () => {
    const pages = async (tenant: string, limit: number): Promise<string[][]> => {
      const { store } = underTest();
      const found: string[][] = [];
      for (let after: string | null = null, more = true; more; ) {
        const page = await store.list(tenant, { limit, after });
        found.push(page.jobs.map(({ spec }) => spec.jobId));
        after = page.next;
        more = after !== null;
      }
      return found;
    };

    it('pages through all jobs of a tenant, finished or not, newest first, each once', async () => {
      const tenant = newId('tenant');
      const ids: string[] = [];
      for (let i = 0; i < 7; i++) ids.unshift((await open({ tenant })).id);
      await underTest().store.cancel(ids[2]!);
      expect(await pages(tenant, 3)).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
      expect(await pages(tenant, 7)).toEqual([ids]);
      expect(await pages(tenant, 100)).toEqual([ids]);
    });

    it('goes on where it was when jobs come, change and go between the pages', async () => {
      const tenant = newId('tenant');
      const ids: string[] = [];
      for (let i = 0; i < 6; i++) ids.unshift((await open({ tenant })).id);
      const { store } = underTest();
      const first = await store.list(tenant, { limit: 2, after: null });
      await open({ tenant });
      await store.erase(ids[1]!);
      await store.cancel(ids[5]!);
      const second = await store.list(tenant, { limit: 10, after: first.next });
      expect(second.jobs.map(({ spec }) => spec.jobId)).toEqual(ids.slice(2));
      expect(second.next).toBeNull();
    });

    it("shows a tenant no other tenant's jobs", async () => {
      const { id, spec } = await open();
      const other = await open();
      expect(await pages(spec.tenant, 10)).toEqual([[id]]);
      expect(await pages(other.spec.tenant, 10)).toEqual([[other.id]]);
      expect(await pages(newId('nobody'), 10)).toEqual([[]]);
    });

    it('shows no hidden job, whatever it does, though it can be read', async () => {
      const tenant = newId('tenant');
      const shown = await open({ tenant });
      const { store, id, epoch } = await openClaimed({ tenant, hidden: true });
      await pass(underTest().unfinishedSeconds * 0.6);
      await store.claim(shown.id, 'a');
      await store.report(id, epoch, { progress: 0.5 });
      await store.finish(id, epoch, COMPLETED);
      expect(await pages(tenant, 10)).toEqual([[shown.id]]);
      expect(await store.get(id)).toMatchObject({ status: 'completed', spec: { hidden: true } });
      await store.erase(id);
      expect(await store.get(id)).toBeNull();
    });

    it('gives the same records as get', async () => {
      const { store, id, spec, epoch } = await openClaimed();
      await store.finish(id, epoch, COMPLETED);
      expect((await store.list(spec.tenant, { limit: 1, after: null })).jobs).toEqual([await store.get(id)]);
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
