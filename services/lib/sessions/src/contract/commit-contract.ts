import { describe, expect, it } from 'vitest';
import type { Grant, SessionStore } from '../ports.ts';
import { finalOf, newId, type StoreFixture, state } from './store-under-test.ts';

/** Who may write to a session, and what a commit does. */
export const commitContract = ({ open, openClaimed }: StoreFixture): void => {
  describe('claiming', () => {
    it('grants the first owner a start from nothing', async () => {
      const { store, id } = await open();
      expect(await store.claim(id, 'a')).toEqual({ epoch: 1, cursor: 0, nextSequence: 1, state: null, attempts: 1 });
      expect(await store.get(id)).toMatchObject({ owner: 'a', epoch: 1 });
    });

    it('grants the next owner exactly what was committed last', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.commit(id, epoch, { final: finalOf(1), cursor: 150, state: state(1) });
      await store.commit(id, epoch, { cursor: 900, state: state(0, 255, 13, 10, 128) });
      expect(await store.claim(id, 'b')).toEqual({
        epoch: 2,
        cursor: 900,
        nextSequence: 2,
        state: state(0, 255, 13, 10, 128),
        attempts: 1,
      });
      expect(await store.get(id)).toMatchObject({ owner: 'b', epoch: 2, cursor: 900, nextSequence: 2 });
    });

    it('gives each of many concurrent claims an epoch of its own', async () => {
      const { store, id } = await open();
      const grants = await Promise.all(Array.from({ length: 20 }, (_, i) => store.claim(id, `owner-${i}`)));
      const epochs = grants.map((grant) => grant?.epoch ?? 0);
      expect(epochs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect((await store.get(id))?.owner).toBe(`owner-${epochs.indexOf(20)}`);
    });

    it('rejects an unknown session and gives null for a closed one', async () => {
      const { store, id } = await open();
      await expect(store.claim(newId('unknown'), 'a')).rejects.toMatchObject({ code: 'session_not_found' });
      await store.close(id, 'idle');
      expect(await store.claim(id, 'a')).toBeNull();
      expect((await store.get(id))?.epoch).toBe(0);
    });
  });

  describe('counting attempts', () => {
    const claimTimes = async (store: SessionStore, id: string, times: number): Promise<Grant> => {
      let grant: Grant | null = null;
      for (let i = 0; i < times; i++) grant = await store.claim(id, `owner-${i}`);
      if (grant === null) throw new Error(`Session ${id} could not be claimed.`);
      return grant;
    };

    it('counts the claims of a session that nobody gets further with', async () => {
      const { store, id } = await open();
      for (const attempts of [1, 2, 3]) expect(await store.claim(id, 'a')).toMatchObject({ attempts, epoch: attempts });
    });

    it('starts again after a commit', async () => {
      const { store, id } = await open();
      const { epoch, attempts } = await claimTimes(store, id, 3);
      expect(attempts).toBe(3);
      await store.commit(id, epoch, { cursor: 10, state: state(1) });
      expect(await store.claim(id, 'b')).toMatchObject({ attempts: 1, epoch: 4 });
      expect(await store.claim(id, 'c')).toMatchObject({ attempts: 2, epoch: 5 });
    });

    it('starts again after the owner vouches, which changes nothing else', async () => {
      const { store, id } = await open();
      const { epoch } = await claimTimes(store, id, 3);
      const before = await store.get(id);
      await store.vouch(id, epoch);
      expect(await store.get(id)).toEqual(before);
      expect(await store.claim(id, 'b')).toMatchObject({ attempts: 1, epoch: 4, cursor: 0, state: null });
    });

    it('goes on counting when an older owner commits or vouches, or a commit is rejected', async () => {
      const { store, id } = await open();
      const { epoch } = await claimTimes(store, id, 2);
      expect(await store.commit(id, epoch - 1, { cursor: 10, state: state(1) })).toBe('fenced');
      await store.vouch(id, epoch - 1);
      await store.vouch(id, epoch + 1);
      const hole = { final: finalOf(7), cursor: 10, state: state(1) };
      await expect(store.commit(id, epoch, hole)).rejects.toThrow('needs final 1');
      expect(await store.claim(id, 'b')).toMatchObject({ attempts: 3 });
    });
  });

  describe('committing', () => {
    it('writes final, cursor and state, and gives finals back whole and in order', async () => {
      const { store, id, epoch } = await openClaimed();
      for (const n of [1, 2, 3]) {
        expect(await store.commit(id, epoch, { final: finalOf(n), cursor: n * 160, state: state(n) })).toBe('ok');
      }
      expect(await store.get(id)).toMatchObject({ cursor: 480, nextSequence: 4 });
      expect(await store.finals(id, 0)).toEqual([finalOf(1), finalOf(2), finalOf(3)]);
      expect(await store.finals(id, 1)).toEqual([finalOf(2), finalOf(3)]);
      expect(await store.finals(id, 3)).toEqual([]);
      expect(await store.finals(id, 99)).toEqual([]);
    });

    it('keeps the order of more than nine finals', async () => {
      const { store, id, epoch } = await openClaimed();
      const finals = Array.from({ length: 12 }, (_, i) => finalOf(i + 1));
      for (const final of finals) await store.commit(id, epoch, { final, cursor: final.end, state: state(1) });
      expect(await store.finals(id, 0)).toEqual(finals);
      expect((await store.finals(id, 8)).map(({ sequence }) => sequence)).toEqual([9, 10, 11, 12]);
    });

    it('moves the cursor over silence without a final', async () => {
      const { store, id, epoch } = await openClaimed();
      expect(await store.commit(id, epoch, { cursor: 512, state: state(7) })).toBe('ok');
      expect(await store.get(id)).toMatchObject({ cursor: 512, nextSequence: 1 });
      expect(await store.finals(id, 0)).toEqual([]);
    });

    it('accepts a final that leaves the cursor where it is', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.commit(id, epoch, { cursor: 512, state: state(7) });
      expect(await store.commit(id, epoch, { final: finalOf(1), cursor: 512, state: state(8) })).toBe('ok');
      expect(await store.finals(id, 0)).toHaveLength(1);
    });

    it('fences every older epoch, and one never granted, without writing anything', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.commit(id, epoch, { final: finalOf(1), cursor: 100, state: state(1) });
      const next = await store.claim(id, 'b');
      const step = { final: finalOf(2), cursor: 200, state: state(2) };
      expect(await store.commit(id, epoch, step)).toBe('fenced');
      expect(await store.commit(id, 0, step)).toBe('fenced');
      expect(await store.commit(id, 3, step)).toBe('fenced');
      expect(await store.get(id)).toMatchObject({ cursor: 100, nextSequence: 2, epoch: 2 });
      expect(await store.finals(id, 0)).toEqual([finalOf(1)]);
      expect(next).toMatchObject({ state: state(1) });
      expect(await store.commit(id, 2, step)).toBe('ok');
    });

    it('rejects a final out of sequence, as a hole or a second time, without writing anything', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.commit(id, epoch, { final: finalOf(1), cursor: 100, state: state(1) });
      for (const sequence of [0, 1, 3]) {
        const step = { final: finalOf(sequence), cursor: 200, state: state(2) };
        await expect(store.commit(id, epoch, step)).rejects.toThrow('needs final 2');
      }
      expect(await store.finals(id, 0)).toEqual([finalOf(1)]);
      expect(await store.claim(id, 'b')).toEqual({
        epoch: 2,
        cursor: 100,
        nextSequence: 2,
        state: state(1),
        attempts: 1,
      });
    });

    it('rejects a step whose owner counts finals that the store has lost, without writing anything', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.commit(id, epoch, { final: finalOf(1), finalsBefore: 0, cursor: 100, state: state(1) });
      expect(await store.commit(id, epoch, { finalsBefore: 1, cursor: 150, state: state(1) })).toBe('ok');
      const silence = { finalsBefore: 2, cursor: 200, state: state(2) };
      await expect(store.commit(id, epoch, silence)).rejects.toMatchObject({ code: 'unavailable' });
      const speech = { ...silence, final: finalOf(3) };
      await expect(store.commit(id, epoch, speech)).rejects.toMatchObject({ code: 'unavailable' });
      expect(await store.finals(id, 0)).toEqual([finalOf(1)]);
      expect(await store.claim(id, 'b')).toMatchObject({ cursor: 150, nextSequence: 2, state: state(1) });
    });

    it('rejects a cursor that would move back, without writing anything', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.commit(id, epoch, { cursor: 100, state: state(1) });
      await expect(store.commit(id, epoch, { final: finalOf(1), cursor: 99, state: state(2) })).rejects.toThrow('99');
      expect(await store.finals(id, 0)).toEqual([]);
      expect(await store.claim(id, 'b')).toEqual({
        epoch: 2,
        cursor: 100,
        nextSequence: 1,
        state: state(1),
        attempts: 1,
      });
    });

    it('lets one of many win who commit the same final at once', async () => {
      const { store, id, epoch } = await openClaimed();
      const attempts = Array.from({ length: 10 }, (_, i) =>
        store.commit(id, epoch, { final: { ...finalOf(1), text: `try ${i}` }, cursor: 10, state: state(i) }),
      );
      const results = await Promise.allSettled(attempts);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const winner = results.findIndex(({ status }) => status === 'fulfilled');
      expect((await store.finals(id, 0)).map(({ text }) => text)).toEqual([`try ${winner}`]);
    });

    it('writes each final once, whole, while claims race with commits', async () => {
      const { store, id } = await open();
      const workUntil = async (owner: string, last: number): Promise<void> => {
        for (let grant = await store.claim(id, owner); grant !== null && grant.nextSequence <= last; ) {
          const final = { ...finalOf(grant.nextSequence), text: `${owner} in epoch ${grant.epoch}` };
          const result = await store.commit(id, grant.epoch, { final, cursor: final.end, state: state(grant.epoch) });
          const next: number = grant.nextSequence + 1;
          grant = result === 'ok' && next % 7 !== 0 ? { ...grant, nextSequence: next } : await store.claim(id, owner);
        }
      };
      await Promise.all(['a', 'b', 'c'].map((owner) => workUntil(owner, 40)));
      const finals = await store.finals(id, 0);
      expect(finals.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
      expect(await store.get(id)).toMatchObject({ nextSequence: 41, cursor: finalOf(40).end });
      const epochs = finals.map(({ text }) => Number(text.split(' ').at(-1)));
      expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
    });

    it('keeps its own copy of the state', async () => {
      const { store, id, epoch } = await openClaimed();
      const buffer = state(1, 2, 3);
      await store.commit(id, epoch, { cursor: 1, state: buffer });
      buffer.fill(0);
      (await store.claim(id, 'b'))?.state?.fill(9);
      expect((await store.claim(id, 'c'))?.state).toEqual(state(1, 2, 3));
    });
  });
};
