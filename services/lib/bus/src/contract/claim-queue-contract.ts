import type { SessionSpec } from '@verbatim/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Bus, type Claim, type ClaimQueue, type JobTask, sessionLane, taskId } from '../ports.ts';
import { type QueueKind, SESSIONS, TASKS } from '../queue-kind.ts';
import { SlotPool } from '../slot-pool.ts';
import { iterate, type MakeBus, newId, specOf, take, useBus } from './bus-under-test.ts';

/** One of a bus's claim queues, and how to make what goes into it. */
interface QueueUnderTest<T> {
  readonly kind: QueueKind<T>;
  readonly queueOf: (bus: Bus) => ClaimQueue<T>;
  /** Two lanes; where the queue has as many as one likes, new ones. */
  readonly lanes: () => readonly [string, string];
  readonly make: (id: string, lane: string) => T;
}

/** What every ClaimQueue does, of sessions and of tasks; run it against each adapter. */
export const claimQueueContract = (makeBus: MakeBus): void => {
  queueContract(makeBus, {
    kind: SESSIONS,
    queueOf: ({ claims }) => claims,
    lanes: () => [newId('model'), newId('other-model')],
    make: specOf,
  });
  queueContract<JobTask>(makeBus, {
    kind: TASKS,
    queueOf: ({ tasks }) => tasks,
    lanes: () => ['transcribe', 'webhook'],
    make: (jobId, lane) => ({ kind: lane === 'webhook' ? 'webhook' : 'transcribe', jobId }),
  });
  apartContract(makeBus);
};

const queueContract = <T>(makeBus: MakeBus, { kind, queueOf, lanes, make }: QueueUnderTest<T>): void => {
  describe(`a claim queue of ${kind.noun}s`, () => {
    const fixture = useBus(makeBus);
    let offered: T[] = [];
    afterEach(async () => {
      // Lanes that every test uses must be left empty.
      for (const spec of offered) await queueOf(fixture.current.bus).withdraw(kind.idOf(spec));
      offered = [];
    });

    const setUp = () => {
      const queue = queueOf(fixture.current.bus);
      const [lane, otherLane] = lanes();
      const offer = async (name: string, into = lane) => {
        const spec = make(newId(name), into);
        offered.push(spec);
        await queue.offer(spec);
        return spec;
      };
      const taker = (slots = new SlotPool(10), signal = new AbortController().signal) =>
        iterate(queue.take(lane, slots, signal));
      return { queue, lane, otherLane, offer, taker };
    };
    const one = async (taker: AsyncIterator<Claim<T>>): Promise<Claim<T>> => (await take(taker, 1))[0]!;
    const lostOf = (claim: Claim<T>) => vi.waitFor(() => expect(claim.lost.aborted).toBe(true), { timeout: 3_000 });

    it('hands out offers whole and in the order of their offers', async () => {
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

    it('gives each offer to one taker only', async () => {
      const { offer, taker } = setUp();
      const takers = [taker(), taker(), taker()];
      const taken = Promise.all(takers.map((each) => take(each, 4)));
      const specs = [];
      for (let i = 0; i < 12; i++) specs.push(await offer(`s${i}`));
      const ids = (await taken).flat().map(({ spec }) => kind.idOf(spec));
      expect(ids.sort()).toEqual(specs.map(kind.idOf).sort());
    });

    it('leaves what is offered twice as it is, waiting or held', async () => {
      const { queue, lane, offer, taker } = setUp();
      const spec = await offer('a');
      await queue.offer(spec);
      expect(await queue.depth(lane)).toEqual({ queued: 1, active: 0 });
      const claim = await one(taker());
      await queue.offer(spec);
      expect(await queue.depth(lane)).toEqual({ queued: 0, active: 1 });
      expect(claim.lost.aborted).toBe(false);
    });

    it('keeps lanes apart', async () => {
      const { queue, otherLane, offer, taker } = setUp();
      await offer('x', otherLane);
      const spec = await offer('a');
      expect((await one(taker())).spec).toEqual(spec);
      expect(await queue.depth(otherLane)).toEqual({ queued: 1, active: 0 });
    });

    it('claims no more than there are slots', async () => {
      const { queue, lane, offer, taker } = setUp();
      const slots = new SlotPool(2);
      const claims = taker(slots);
      const specs = [await offer('a'), await offer('b'), await offer('c')];
      const [first] = await take(claims, 2);
      const third = one(claims);
      expect(slots.used).toBe(2);
      expect(await queue.depth(lane)).toEqual({ queued: 1, active: 2 });
      await first?.done();
      slots.release();
      expect((await third).spec).toEqual(specs[2]);
    });

    it('ends a taker whose signal aborts and gives its unused slot back', async () => {
      const { queue, lane, offer, taker } = setUp();
      const slots = new SlotPool(1);
      const stop = new AbortController();
      const waiting = taker(slots, stop.signal).next();
      await vi.waitFor(() => expect(slots.used).toBe(1));
      stop.abort();
      expect(await waiting).toMatchObject({ done: true });
      expect(slots.used).toBe(0);
      await offer('a');
      expect(await queue.depth(lane)).toEqual({ queued: 1, active: 0 });
      expect(await taker(slots, stop.signal).next()).toMatchObject({ done: true });
    });

    it('ends a taker that waits for a slot when its signal aborts', async () => {
      const { taker } = setUp();
      const stop = new AbortController();
      const waiting = taker(new SlotPool(0), stop.signal).next();
      stop.abort();
      expect(await waiting).toMatchObject({ done: true });
    });

    it('offers again what has no heartbeats any more, and tells the old holder', async () => {
      const { queue, lane, offer, taker } = setUp();
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
      expect(await queue.depth(lane)).toEqual({ queued: 0, active: 1 });
    });

    it('leaves a claim with a holder whose heart beats', async () => {
      const { queue, lane, offer, taker } = setUp();
      await offer('a');
      const claim = await one(taker());
      for (let i = 0; i < 6; i++) {
        await fixture.passAckWaits(0.4);
        await claim.heartbeat();
      }
      expect(claim.lost.aborted).toBe(false);
      expect(await queue.depth(lane)).toEqual({ queued: 0, active: 1 });
    });

    it('offers again at once what is released', async () => {
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

    it('never offers again what is done', async () => {
      const { queue, lane, offer, taker } = setUp();
      await offer('a');
      const claims = taker();
      const done = await one(claims);
      await done.done();
      await vi.waitFor(async () => expect(await queue.depth(lane)).toEqual({ queued: 0, active: 0 }));
      await fixture.passAckWaits(1.5);
      const later = await offer('b');
      expect((await one(claims)).spec).toEqual(later);
      expect(done.lost.aborted).toBe(false);
    });

    it('takes back an offer that nobody claimed', async () => {
      const { queue, offer, taker } = setUp();
      const withdrawn = await offer('a');
      const spec = await offer('b');
      await queue.withdraw(kind.idOf(withdrawn));
      expect((await one(taker())).spec).toEqual(spec);
    });

    it('takes back a claimed offer: the holder sees lost and nobody gets it', async () => {
      const { queue, lane, offer, taker } = setUp();
      const withdrawn = await offer('a');
      const claims = taker();
      const held = await one(claims);
      await queue.withdraw(kind.idOf(withdrawn));
      await lostOf(held);
      await held.release();
      expect(await queue.depth(lane)).toEqual({ queued: 0, active: 0 });
      const spec = await offer('b');
      expect((await one(claims)).spec).toEqual(spec);
    });

    it('ignores withdrawing what it does not know, and takes again what was withdrawn', async () => {
      const { queue, offer, taker } = setUp();
      await expect(queue.withdraw(newId('unknown'))).resolves.toBeUndefined();
      const spec = await offer('a');
      await queue.withdraw(kind.idOf(spec));
      await queue.offer(spec);
      expect(await one(taker())).toMatchObject({ spec, lost: { aborted: false } });
    });

    it('offers what is released before what is newer', async () => {
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

    it('offers it again and again, however often its holders fall silent', async () => {
      const { queue, lane, offer, taker } = setUp();
      const spec = await offer('a');
      const claims = taker();
      for (let i = 0; i < 5; i++) {
        const claim = await one(claims);
        expect(claim.spec).toEqual(spec);
        await fixture.passAckWaits(1.5);
        await lostOf(claim);
      }
      expect((await one(claims)).spec).toEqual(spec);
      expect(await queue.depth(lane)).toEqual({ queued: 0, active: 1 });
    });
  });
};

/** What the queues of one bus have to do with each other: nothing, also where ids are the same. */
const apartContract = (makeBus: MakeBus): void => {
  describe('the claim queues of a bus', () => {
    const fixture = useBus(makeBus);

    it('keep holders of a session and a task with the same id apart', async () => {
      const { claims, tasks } = fixture.current.bus;
      const [id, model] = [newId('same'), newId('model')];
      const live = new AbortController().signal;
      await claims.offer(specOf(id, model));
      await tasks.offer({ kind: 'transcribe', jobId: id });
      const [session] = await take(iterate(claims.take(model, new SlotPool(1), live)), 1);
      const [task] = await take(iterate(tasks.take('transcribe', new SlotPool(1), live)), 1);
      await tasks.withdraw(id);
      await vi.waitFor(() => expect(task?.lost.aborted).toBe(true), { timeout: 3_000 });
      expect(session?.lost.aborted).toBe(false);
      expect(await claims.depth(model)).toEqual({ queued: 0, active: 1 });
    });

    it("keep a job's two tasks apart: one can be withdrawn without the other", async () => {
      const { tasks } = fixture.current.bus;
      const jobId = newId('job');
      for (const kind of ['transcribe', 'webhook'] as const) await tasks.offer({ kind, jobId });
      await tasks.withdraw(jobId);
      expect(await tasks.depth('transcribe')).toEqual({ queued: 0, active: 0 });
      expect(await tasks.depth('webhook')).toEqual({ queued: 1, active: 0 });
      await tasks.withdraw(taskId({ kind: 'webhook', jobId }));
      expect(await tasks.depth('webhook')).toEqual({ queued: 0, active: 0 });
    });

    it('give sessions of jobs a lane of their own', async () => {
      const { claims } = fixture.current.bus;
      const model = newId('model');
      const job: SessionSpec = { ...specOf(newId('job'), model), kind: 'job' };
      await claims.offer(job);
      await claims.offer(specOf(newId('live'), model));
      expect(await claims.depth(sessionLane(model, 'live'))).toEqual({ queued: 1, active: 0 });
      const lane = claims.take(sessionLane(model, 'job'), new SlotPool(1), new AbortController().signal);
      expect((await take(iterate(lane), 1))[0]?.spec).toEqual(job);
    });
  });
};
