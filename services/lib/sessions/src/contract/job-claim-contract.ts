import { describe, expect, it } from 'vitest';
import { COMPLETED, type JobStoreFixture, MEDIA } from './job-store-under-test.ts';

/** Who may report on a job, and what reports do. */
export const jobClaimContract = ({ open, openClaimed, pass }: JobStoreFixture): void => {
  describe('claiming', () => {
    it('makes a queued job one that is processed, and gives its record', async () => {
      const { store, spec, id } = await open();
      const grant = await store.claim(id, 'a');
      expect(grant).toMatchObject({
        epoch: 1,
        attempts: 1,
        record: { spec, status: 'processing', epoch: 1, owner: 'a', progress: 0, startedAt: expect.any(Number) },
      });
      expect(await store.get(id)).toEqual(grant?.record);
    });

    it('gives the next owner what the last one reported, and keeps the time of the first claim', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.report(id, epoch, { progress: 0.25, media: MEDIA, sessions: 2 });
      const before = await store.get(id);
      await pass(0.01);
      const grant = await store.claim(id, 'b');
      expect(grant).toEqual({
        epoch: 2,
        attempts: 1,
        record: { ...before, epoch: 2, owner: 'b', updatedAt: expect.any(Number) },
      });
      expect(grant?.record.updatedAt).toBeGreaterThan(before?.updatedAt ?? Number.NaN);
    });

    it('gives each of many concurrent claims an epoch of its own', async () => {
      const { store, id } = await open();
      const grants = await Promise.all(Array.from({ length: 20 }, (_, i) => store.claim(id, `owner-${i}`)));
      const epochs = grants.map((grant) => grant?.epoch ?? 0);
      expect(epochs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect((await store.get(id))?.owner).toBe(`owner-${epochs.indexOf(20)}`);
    });
  });

  describe('counting attempts', () => {
    it('counts the claims of a job that nobody gets further with', async () => {
      const { store, id } = await open();
      for (const attempts of [1, 2, 3]) expect(await store.claim(id, 'a')).toMatchObject({ attempts, epoch: attempts });
    });

    it('starts again when the progress has grown', async () => {
      const { store, id } = await openClaimed();
      await store.claim(id, 'b');
      await store.report(id, 2, { progress: 0.01 });
      expect(await store.claim(id, 'c')).toMatchObject({ attempts: 1, epoch: 3 });
      expect(await store.claim(id, 'd')).toMatchObject({ attempts: 2, epoch: 4 });
    });

    it('starts again when an owner that is well hands the job over', async () => {
      const { store, id } = await openClaimed();
      await store.claim(id, 'b');
      await store.report(id, 2, { isWell: true });
      expect(await store.claim(id, 'c')).toMatchObject({ attempts: 1, record: { progress: 0 } });
    });

    it('goes on when a report brings no progress, as after a start over', async () => {
      const { store, id } = await openClaimed();
      await store.report(id, 1, { progress: 0.5 });
      await store.claim(id, 'b');
      for (const progress of [0, 0.3, 0.5, -1, Number.NaN]) await store.report(id, 2, { progress });
      await store.report(id, 2, { media: MEDIA, sessions: 1 });
      expect(await store.claim(id, 'c')).toMatchObject({ attempts: 2, epoch: 3 });
      expect(await store.report(id, 2, { progress: 0.9 })).toBe('fenced');
      expect(await store.claim(id, 'd')).toMatchObject({ attempts: 3, record: { progress: 0.5 } });
    });
  });

  describe('reporting', () => {
    it('changes what is reported and leaves the rest', async () => {
      const { store, id, epoch } = await openClaimed();
      const reports = [{ media: MEDIA }, { sessions: 2 }, { progress: 1 / 3 }, { progress: 1e-7 }, {}];
      for (const report of reports) expect(await store.report(id, epoch, report)).toBe('ok');
      expect(await store.get(id)).toMatchObject({ media: MEDIA, sessions: 2, progress: 1 / 3, status: 'processing' });
      const unsure = { ...MEDIA, durationSeconds: null };
      await store.report(id, epoch, { media: unsure, sessions: 1 });
      expect(await store.get(id)).toMatchObject({ media: unsure, sessions: 1, progress: 1 / 3 });
    });

    it('keeps the smallest of progresses exactly', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.report(id, epoch, { progress: 1.5e-9 });
      expect((await store.get(id))?.progress).toBe(1.5e-9);
    });

    it('lets no progress go back, or beyond 0 and 1', async () => {
      const { store, id, epoch } = await openClaimed();
      const seen: (number | undefined)[] = [];
      for (const progress of [-0.5, 0.5, 0.2, Number.NaN, 7, 0.9]) {
        expect(await store.report(id, epoch, { progress })).toBe('ok');
        seen.push((await store.get(id))?.progress);
      }
      expect(seen).toEqual([0, 0.5, 0.5, 0.5, 1, 1]);
    });

    it('is fenced from every other epoch, and writes nothing', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.claim(id, 'b');
      const before = await store.get(id);
      for (const other of [epoch, 0, 3]) {
        expect(await store.report(id, other, { progress: 0.9, media: MEDIA, sessions: 1 })).toBe('fenced');
        expect(await store.finish(id, other, COMPLETED)).toBe('fenced');
      }
      expect(await store.get(id)).toEqual(before);
      expect(await store.report(id, 2, { progress: 0.1 })).toBe('ok');
    });

    it('is fenced before the first claim', async () => {
      const { store, id } = await open();
      expect(await store.report(id, 1, { progress: 0.9 })).toBe('fenced');
      expect(await store.finish(id, 1, COMPLETED)).toBe('fenced');
      expect(await store.get(id)).toMatchObject({ status: 'queued', progress: 0 });
    });
  });
};
