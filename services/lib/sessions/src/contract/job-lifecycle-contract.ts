import { describe, expect, it } from 'vitest';
import type { JobRecord } from '../ports.ts';
import { COMPLETED, FAILED, type JobStoreFixture, jobSpecOf, MEDIA } from './job-store-under-test.ts';
import { newId } from './store-under-test.ts';

const WEBHOOK = { webhookUrl: 'https://example.com/hook?a=1' };

/** How jobs begin, end and are forgotten. */
export const jobLifecycleContract = ({ open, openClaimed, pass, underTest }: JobStoreFixture): void => {
  describe('opening', () => {
    it('remembers a new job whole, queued', async () => {
      const { store, spec, id } = await open(WEBHOOK);
      const record = await store.get(id);
      expect(record).toEqual({
        spec,
        status: 'queued',
        progress: 0,
        createdAt: expect.any(Number),
        updatedAt: record?.createdAt,
        startedAt: null,
        finishedAt: null,
        epoch: 0,
        owner: null,
        media: null,
        sessions: 0,
        audioSeconds: null,
        warnings: [],
        failure: null,
        webhook: 'none',
      } satisfies Record<keyof JobRecord, unknown>);
      expect(record?.createdAt).toBeGreaterThan(Date.UTC(2020, 0, 1));
    });

    it('rejects an id that is in use, unfinished or finished, and changes nothing', async () => {
      const { store, spec, id } = await open();
      await expect(store.open(spec)).rejects.toMatchObject({ code: 'internal' });
      await expect(store.open(jobSpecOf(id, newId('tenant')))).rejects.toMatchObject({ code: 'internal' });
      await store.cancel(id);
      await expect(store.open(spec)).rejects.toThrow(`"${id}" is in use`);
      expect(await store.get(id)).toMatchObject({ spec, status: 'cancelled' });
    });

    it('lets one of many win who open the same id at once', async () => {
      const { store } = underTest();
      const id = newId('j');
      const specs = Array.from({ length: 10 }, (_, i) => jobSpecOf(id, newId('tenant'), { prompt: `try ${i}` }));
      const attempts = await Promise.allSettled(specs.map((spec) => store.open(spec)));
      const winners = specs.filter((_, i) => attempts[i]?.status === 'fulfilled');
      expect(winners).toEqual([(await store.get(id))?.spec]);
    });
  });

  describe('finishing', () => {
    it('completes a job with all that was found, and its progress is 1', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.report(id, epoch, { progress: 0.4, media: MEDIA, sessions: 2 });
      const before = await store.get(id);
      expect(await store.finish(id, epoch, COMPLETED)).toBe('ok');
      const record = await store.get(id);
      expect(record).toEqual({
        ...before,
        ...COMPLETED,
        progress: 1,
        owner: null,
        updatedAt: expect.any(Number),
        finishedAt: expect.any(Number),
      });
      expect(record?.finishedAt).toBeGreaterThanOrEqual(record?.startedAt ?? Number.NaN);
    });

    it('fails a job with its reason, and leaves the progress where it was', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.report(id, epoch, { progress: 0.4 });
      expect(await store.finish(id, epoch, FAILED)).toBe('ok');
      expect(await store.get(id)).toMatchObject({
        ...FAILED,
        progress: 0.4,
        finishedAt: expect.any(Number),
        audioSeconds: null,
        warnings: [],
      });
    });

    it('takes nothing more from anybody', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.finish(id, epoch, FAILED);
      const record = await store.get(id);
      expect(await store.finish(id, epoch, COMPLETED)).toBe('fenced');
      expect(await store.report(id, epoch, { progress: 0.9, media: MEDIA })).toBe('fenced');
      expect(await store.claim(id, 'b')).toBeNull();
      expect(await store.cancel(id)).toEqual(record);
      expect(await store.get(id)).toEqual(record);
    });

    it('lets one of many win who end the same job at once', async () => {
      const { store, id, epoch } = await openClaimed();
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, i) => store.finish(id, epoch, { ...COMPLETED, warnings: [`try ${i}`] })),
      );
      expect(results.filter((result) => result === 'ok')).toHaveLength(1);
      expect((await store.get(id))?.warnings).toEqual([`try ${results.indexOf('ok')}`]);
    });
  });

  describe('cancelling', () => {
    it('ends a job that waits, which nobody can claim then', async () => {
      const { store, id } = await open();
      const record = await store.cancel(id);
      expect(record).toMatchObject({ status: 'cancelled', startedAt: null, finishedAt: expect.any(Number) });
      expect(await store.get(id)).toEqual(record);
      expect(await store.claim(id, 'a')).toBeNull();
      expect(await store.get(id)).toEqual(record);
    });

    it('ends a job under way, whose owner is fenced then', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.report(id, epoch, { progress: 0.4, sessions: 1 });
      const record = await store.cancel(id);
      expect(record).toMatchObject({ status: 'cancelled', progress: 0.4, sessions: 1, owner: null, failure: null });
      expect(await store.report(id, epoch, { progress: 0.5 })).toBe('fenced');
      expect(await store.finish(id, epoch, COMPLETED)).toBe('fenced');
      expect(await store.cancel(id)).toEqual(record);
      expect(await store.get(id)).toEqual(record);
    });

    it('leaves a completed job as it is, and gives null for an unknown one', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.finish(id, epoch, COMPLETED);
      expect(await store.cancel(id)).toMatchObject({ status: 'completed', progress: 1 });
      expect(await store.cancel(newId('unknown'))).toBeNull();
    });
  });

  describe('telling a webhook', () => {
    it('is pending once the job is finished or cancelled, if the job has one', async () => {
      const finished = await openClaimed(WEBHOOK);
      expect((await finished.store.get(finished.id))?.webhook).toBe('none');
      await finished.store.finish(finished.id, finished.epoch, FAILED);
      expect((await finished.store.get(finished.id))?.webhook).toBe('pending');
      const cancelled = await open(WEBHOOK);
      expect((await cancelled.store.cancel(cancelled.id))?.webhook).toBe('pending');
      const quiet = await openClaimed();
      await quiet.store.finish(quiet.id, quiet.epoch, COMPLETED);
      expect((await quiet.store.get(quiet.id))?.webhook).toBe('none');
      const dropped = await open();
      expect((await dropped.store.cancel(dropped.id))?.webhook).toBe('none');
    });

    it('is noted without any other change, and stays when the job is cancelled once more', async () => {
      const { store, id, epoch } = await openClaimed(WEBHOOK);
      await store.finish(id, epoch, COMPLETED);
      const before = await store.get(id);
      await store.noteWebhook(id, 'failed');
      expect(await store.get(id)).toEqual({ ...before, webhook: 'failed' });
      await store.noteWebhook(id, 'delivered');
      expect(await store.cancel(id)).toEqual({ ...before, webhook: 'delivered' });
    });
  });

  describe('erasing', () => {
    it('forgets a job at once; a late report brings nothing back', async () => {
      const { store, spec, id, epoch } = await openClaimed();
      await store.erase(id);
      expect(await store.get(id)).toBeNull();
      expect(await store.report(id, epoch, { progress: 0.5 })).toBe('fenced');
      expect(await store.finish(id, epoch, COMPLETED)).toBe('fenced');
      await store.noteWebhook(id, 'failed');
      expect(await store.claim(id, 'b')).toBeNull();
      expect(await store.get(id)).toBeNull();
      expect(await store.list(spec.tenant, { limit: 10, after: null })).toEqual({ jobs: [], next: null });
      await store.open(spec);
      expect(await store.get(id)).toMatchObject({ status: 'queued', epoch: 0 });
    });

    it('forgets a finished job, too', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.finish(id, epoch, COMPLETED);
      await store.erase(id);
      expect(await store.get(id)).toBeNull();
    });

    it('ignores ids that it does not know', async () => {
      const { store } = underTest();
      const id = newId('unknown');
      await store.erase(id);
      await store.noteWebhook(id, 'failed');
      expect(await store.get(id)).toBeNull();
      expect(await store.claim(id, 'a')).toBeNull();
      expect(await store.report(id, 0, { progress: 0.5 })).toBe('fenced');
      expect(await store.finish(id, 0, FAILED)).toBe('fenced');
      expect(await store.get(id)).toBeNull();
    });
  });

  describe('time to live', () => {
    it('forgets an unfinished job after its time without activity', async () => {
      const { store, spec, id, epoch } = await openClaimed();
      await pass(underTest().unfinishedSeconds * 1.2);
      expect(await store.get(id)).toBeNull();
      expect(await store.claim(id, 'b')).toBeNull();
      expect(await store.report(id, epoch, { progress: 0.5 })).toBe('fenced');
      expect(await store.cancel(id)).toBeNull();
      expect(await store.list(spec.tenant, { limit: 10, after: null })).toEqual({ jobs: [], next: null });
      await expect(store.open(spec)).resolves.toBeUndefined();
    });

    it('is renewed by claims and reports, and not by reading or by what is fenced', async () => {
      const { unfinishedSeconds } = underTest();
      const { store, spec, id } = await open();
      await pass(unfinishedSeconds * 0.6);
      await store.claim(id, 'a');
      await pass(unfinishedSeconds * 0.6);
      await store.report(id, 1, {});
      await pass(unfinishedSeconds * 0.6);
      expect((await store.list(spec.tenant, { limit: 10, after: null })).jobs).toHaveLength(1);
      expect(await store.report(id, 0, {})).toBe('fenced');
      expect(await store.get(id)).toMatchObject({ status: 'processing' });
      await pass(unfinishedSeconds * 0.6);
      expect(await store.get(id)).toBeNull();
    });

    it('is another one once the job is finished, which nothing renews', async () => {
      const { finishedSeconds } = underTest();
      const { store, spec, id, epoch } = await openClaimed();
      await store.finish(id, epoch, COMPLETED);
      const cancelled = await open();
      await store.cancel(cancelled.id);
      await pass(finishedSeconds * 0.6);
      expect(await store.get(id)).toMatchObject({ status: 'completed' });
      expect(await store.cancel(cancelled.id)).toMatchObject({ status: 'cancelled' });
      await store.noteWebhook(id, 'delivered');
      await pass(finishedSeconds * 0.6);
      expect(await store.get(id)).toBeNull();
      expect(await store.get(cancelled.id)).toBeNull();
      expect(await store.list(spec.tenant, { limit: 10, after: null })).toEqual({ jobs: [], next: null });
    });

    it('begins at the end of a job, however long that took', async () => {
      const { finishedSeconds, unfinishedSeconds } = underTest();
      const { store, id, epoch } = await openClaimed();
      await pass(unfinishedSeconds * 0.8);
      await store.finish(id, epoch, COMPLETED);
      await pass(finishedSeconds * 0.6);
      expect(await store.get(id)).toMatchObject({ status: 'completed' });
    });
  });
};
