import { type Clock, systemClock } from '@verbatim/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { iterate, newId, specOf, take } from '../contract/bus-under-test.ts';
import type { Claim } from '../ports.ts';
import { SESSIONS } from '../queue-kind.ts';
import { SlotPool } from '../slot-pool.ts';
import { findNatsServer, type NatsServer, startNatsServer } from '../testing/nats-server.ts';
import { JetStreamClaimQueue } from './claim-queue.ts';
import { createJetStreamBus, type JetStreamBus } from './jetstream-bus.ts';
import { NatsLink } from './link.ts';
import { SESSIONS_PLACE } from './names.ts';
import { settingsOf } from './options.ts';

const missing = findNatsServer() === null ? ' (skipped: nats-server is not installed)' : '';
const live = () => new AbortController().signal;

/** A clock that jumps, as a process sees time that was stopped: no timer comes while it stands still. */
const jumpingClock = () => {
  let ahead = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead };
  return { clock, jump: (ms: number) => (ahead += ms) };
};

describe.skipIf(missing !== '')(`a claim's holder${missing}`, () => {
  let server: NatsServer;
  const buses: JetStreamBus[] = [];
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.stop());
  afterEach(async () => {
    for (const bus of buses.splice(0)) await bus[Symbol.asyncDispose]();
  });

  const startBus = async (ackWaitMs: number, clock = systemClock): Promise<JetStreamBus> => {
    const bus = createJetStreamBus({ servers: [server.url], name: 'test', ackWaitMs, clock });
    buses.push(bus);
    await bus.ready;
    return bus;
  };
  const takeOne = async (bus: JetStreamBus, model: string): Promise<Claim> =>
    (await take(iterate(bus.claims.take(model, new SlotPool(1), live())), 1))[0]!;

  it('sees that it lost the claim before anything else when its process stood still for longer than the ack wait', async () => {
    const { clock, jump } = jumpingClock();
    const bus = await startBus(5_000, clock);
    const model = newId('m');
    await bus.claims.offer(specOf(newId('s'), model));
    const claim = await takeOne(bus, model);
    expect(claim.lost.aborted).toBe(false);
    jump(6_000);
    expect(claim.lost.aborted).toBe(true);
  });

  it('does not heartbeat a claim back that it lost while it stood still', async () => {
    const { clock, jump } = jumpingClock();
    const bus = await startBus(5_000, clock);
    const model = newId('m');
    await bus.claims.offer(specOf(newId('s'), model));
    const claim = await takeOne(bus, model);
    const seen = vi.fn();
    claim.lost.addEventListener('abort', seen);
    jump(6_000);
    await claim.heartbeat();
    expect(seen).toHaveBeenCalledOnce();
  });

  it('loses the claim to the one who got it later, also if it never notices by itself', async () => {
    const { clock, jump } = jumpingClock();
    const first = await startBus(1_000, clock);
    const second = await startBus(1_000);
    const model = newId('m');
    await first.claims.offer(specOf(newId('s'), model));
    const old = await takeOne(first, model);
    jump(-60_000);
    const fresh = await takeOne(second, model);
    await vi.waitFor(() => expect(old.lost.aborted).toBe(true), { timeout: 3_000 });
    expect(fresh.lost.aborted).toBe(false);
  });

  it('is not given a claim that was withdrawn on its way', async () => {
    const door = await startBus(5_000);
    const link = new NatsLink(settingsOf({ servers: [server.url], name: 'test' }));
    await link.ready;
    const { nc } = link.wire!;
    const flush = nc.flush.bind(nc);
    const model = newId('m');
    const [withdrawn, next] = [specOf(newId('withdrawn'), model), specOf(newId('next'), model)];
    await door.claims.offer(withdrawn);
    const spy = vi.spyOn(nc, 'flush').mockImplementationOnce(async () => {
      await door.claims.withdraw(withdrawn.sessionId);
      await door.claims.offer(next);
      await flush();
    });
    try {
      const claims = iterate(
        new JetStreamClaimQueue(link, SESSIONS, SESSIONS_PLACE).take(model, new SlotPool(1), live()),
      );
      expect((await take(claims, 1))[0]?.spec).toEqual(next);
      expect(spy).toHaveBeenCalled();
    } finally {
      await link.close();
    }
  });

  it('keeps its place: an offer of a session that waits does not move it to the end', async () => {
    const bus = await startBus(5_000);
    const model = newId('m');
    const specs = [specOf(newId('a'), model), specOf(newId('b'), model)];
    for (const spec of specs) await bus.claims.offer(spec);
    await bus.claims.offer(specs[0]!);
    const claims = await take(iterate(bus.claims.take(model, new SlotPool(2), live())), 2);
    expect(claims.map(({ spec }) => spec)).toEqual(specs);
  });

  it('has models with dots, spaces and stars in their names kept apart', async () => {
    const bus = await startBus(5_000);
    const models = ['a.b', 'a_b', 'a b', 'a*', 'ä>'].map((name) => `${name}-${newId('m')}`);
    for (const model of models) await bus.claims.offer(specOf(newId('s'), model));
    for (const model of models) {
      expect(await bus.claims.depth(model)).toEqual({ queued: 1, active: 0 });
      expect((await takeOne(bus, model)).spec.model).toBe(model);
    }
  });
});
