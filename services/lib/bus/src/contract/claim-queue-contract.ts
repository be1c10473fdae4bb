import { describe, expect, it, vi } from 'vitest';
import type { Claim } from '../ports.ts';
import { SlotPool } from '../slot-pool.ts';
import { iterate, type MakeBus, newId, specOf, take, useBus } from './bus-under-test.ts';

/** What every ClaimQueue does; run it against each adapter. */
export const claimQueueContract = (makeBus: MakeBus): void => {
  describe('a claim queue', () => {
    const fixture = useBus(makeBus);

    const setUp = () => {
      const queue = fixture.current.bus.claims;
      const model = newId('model');
      const offer = async (name: string) => {
        const spec = specOf(newId(name), model);
        await queue.offer(spec);
        return spec;
      };
      const taker = (slots = new SlotPool(10), signal = new AbortController().signal) =>
        iterate(queue.take(model, slots, signal));
      return { queue, model, offer, taker };
    };
    const one = async (taker: AsyncIterator<Claim>): Promise<Claim> => (await take(taker, 1))[0]!;
    const lostOf = (claim: Claim) => vi.waitFor(() => expect(claim.lost.aborted).toBe(true), { timeout: 3_000 });

    it('hands out sessions whole and in the order of their offers', async () => {
      const { offer, taker } = setUp();
      const specs = [await offer('a'), await offer('b'), await offer('c')];
      const claims = await take(taker(), 3);
      expect(claims.map(({ spec }) => spec)).toEqual(specs);
      expect(claims.map(({ lost }) => lost.aborted)).toEqual([false, false, false]);
    });

    it('hands an offer to a taker that waits', async () => {
      const { offer, taker } = setUp();
      const waiting = one(taker());
      const spec = await offer('a');
      expect((await waiting).spec).toEqual(spec);
    });

    it('gives each session to one taker only', async () => {
      const { offer, taker } = setUp();
      const takers = [taker(), taker(), taker()];
      const taken = Promise.all(takers.map((each) => take(each, 4)));
      const specs = [];
      for (let i = 0; i < 12; i++) specs.push(await offer(`s${i}`));
      const ids = (await taken).flat().map(({ spec }) => spec.sessionId);
      expect(ids.sort()).toEqual(specs.map(({ sessionId }) => sessionId).sort());
    });

    it('leaves a session that is offered twice as it is, waiting or held', async () => {
      const { queue, model, offer, taker } = setUp();
      const spec = await offer('a');
      await queue.offer(spec);
      expect(await queue.depth(model)).toEqual({ queued: 1, active: 0 });
      const claim = await one(taker());
      await queue.offer(spec);
      expect(await queue.depth(model)).toEqual({ queued: 0, active: 1 });
      expect(claim.lost.aborted).toBe(false);
    });

    it('keeps models apart', async () => {
      const { queue, offer, taker } = setUp();
      const otherModel = newId('other-model');
      await queue.offer(specOf(newId('x'), otherModel));
      const spec = await offer('a');
      expect((await one(taker())).spec).toEqual(spec);
      expect(await queue.depth(otherModel)).toEqual({ queued: 1, active: 0 });
    });

    it('claims no more sessions than there are slots', async () => {
      const { queue, model, offer, taker } = setUp();
      const slots = new SlotPool(2);
      const claims = taker(slots);
      const specs = [await offer('a'), await offer('b'), await offer('c')];
      const [first] = await take(claims, 2);
      const third = one(claims);
      expect(slots.used).toBe(2);
      expect(await queue.depth(model)).toEqual({ queued: 1, active: 2 });
      await first?.done();
      slots.release();
      expect((await third).spec).toEqual(specs[2]);
    });

    it('ends a taker whose signal aborts and gives its unused slot back', async () => {
      const { queue, model, offer, taker } = setUp();
      const slots = new SlotPool(1);
      const stop = new AbortController();
      const waiting = taker(slots, stop.signal).next();
      await vi.waitFor(() => expect(slots.used).toBe(1));
      stop.abort();
      expect(await waiting).toMatchObject({ done: true });
      expect(slots.used).toBe(0);
      await offer('a');
      expect(await queue.depth(model)).toEqual({ queued: 1, active: 0 });
      expect(await taker(slots, stop.signal).next()).toMatchObject({ done: true });
    });

    it('ends a taker that waits for a slot when its signal aborts', async () => {
      const { taker } = setUp();
      const stop = new AbortController();
      const waiting = taker(new SlotPool(0), stop.signal).next();
      stop.abort();
      expect(await waiting).toMatchObject({ done: true });
    });

    it('offers a session again when heartbeats stop, and tells the old holder', async () => {
      const { queue, model, offer, taker } = setUp();
      const spec = await offer('a');
      const claims = taker();
      const silent = await one(claims);
      const next = one(claims);
      await fixture.passAckWaits(1.5);
      await lostOf(silent);
      const claim = await next;
      expect(claim.spec).toEqual(spec);
      expect(claim.lost.aborted).toBe(false);
      await silent.heartbeat();
      await silent.release();
      await silent.done();
      expect(await queue.depth(model)).toEqual({ queued: 0, active: 1 });
    });

    it('leaves a session with a holder whose heart beats', async () => {
      const { queue, model, offer, taker } = setUp();
      await offer('a');
      const claim = await one(taker());
      for (let i = 0; i < 6; i++) {
        await fixture.passAckWaits(0.4);
        await claim.heartbeat();
      }
      expect(claim.lost.aborted).toBe(false);
      expect(await queue.depth(model)).toEqual({ queued: 0, active: 1 });
    });

    it('offers a released session again at once', async () => {
      const { offer, taker } = setUp();
      const spec = await offer('a');
      const claims = taker();
      const released = await one(claims);
      await released.release();
      const claim = await one(claims);
      expect(claim.spec).toEqual(spec);
      expect(released.lost.aborted).toBe(false);
      await released.done();
      expect(claim.lost.aborted).toBe(false);
    });

    it('never offers a session again that is done', async () => {
      const { queue, model, offer, taker } = setUp();
      await offer('a');
      const claims = taker();
      const done = await one(claims);
      await done.done();
      await vi.waitFor(async () => expect(await queue.depth(model)).toEqual({ queued: 0, active: 0 }));
      await fixture.passAckWaits(1.5);
      const later = await offer('b');
      expect((await one(claims)).spec).toEqual(later);
      expect(done.lost.aborted).toBe(false);
    });

    it('takes back an offer that nobody claimed', async () => {
      const { queue, offer, taker } = setUp();
      const withdrawn = await offer('a');
      const spec = await offer('b');
      await queue.withdraw(withdrawn.sessionId);
      expect((await one(taker())).spec).toEqual(spec);
    });

    it('takes back a claimed offer: the holder sees lost and nobody gets it', async () => {
      const { queue, model, offer, taker } = setUp();
      const withdrawn = await offer('a');
      const claims = taker();
      const held = await one(claims);
      await queue.withdraw(withdrawn.sessionId);
      await lostOf(held);
      await held.release();
      expect(await queue.depth(model)).toEqual({ queued: 0, active: 0 });
      const spec = await offer('b');
      expect((await one(claims)).spec).toEqual(spec);
    });

    it('ignores withdrawing a session that it does not know, and takes one again that was withdrawn', async () => {
      const { queue, offer, taker } = setUp();
      await expect(queue.withdraw(newId('unknown'))).resolves.toBeUndefined();
      const spec = await offer('a');
      await queue.withdraw(spec.sessionId);
      await queue.offer(spec);
      expect(await one(taker())).toMatchObject({ spec, lost: { aborted: false } });
    });

    it('offers a released session before newer ones', async () => {
      const { offer, taker } = setUp();
      const spec = await offer('old');
      const slots = new SlotPool(1);
      const claims = taker(slots);
      const held = await one(claims);
      const newer = await offer('newer');
      await held.release();
      slots.release();
      expect((await one(claims)).spec).toEqual(spec);
      slots.release();
      expect((await one(claims)).spec).toEqual(newer);
    });

    it('offers a session again and again, however often its holders fall silent', async () => {
      const { queue, model, offer, taker } = setUp();
      const spec = await offer('a');
      const claims = taker();
      for (let i = 0; i < 5; i++) {
        const claim = await one(claims);
        expect(claim.spec).toEqual(spec);
        await fixture.passAckWaits(1.5);
        await lostOf(claim);
      }
      expect((await one(claims)).spec).toEqual(spec);
      expect(await queue.depth(model)).toEqual({ queued: 0, active: 1 });
    });
  });
};
