import { ManualClock } from '@verbatim/contracts/testing';
import { describe, expect, it } from 'vitest';
import { audioLogContract } from '../contract/audio-log-contract.ts';
import { type BusUnderTest, iterate, newId, specOf, take } from '../contract/bus-under-test.ts';
import { claimQueueContract } from '../contract/claim-queue-contract.ts';
import { doorsContract } from '../contract/doors-contract.ts';
import { eventFeedContract } from '../contract/event-feed-contract.ts';
import { noticesContract } from '../contract/notices-contract.ts';
import { objectStoreContract } from '../contract/object-store-contract.ts';
import { SlotPool } from '../slot-pool.ts';
import { createMemoryBus } from './memory-bus.ts';

const makeBus = async (): Promise<BusUnderTest> => {
  const clock = new ManualClock();
  const settings = { ringSeconds: 2, ackWaitMs: 5_000 };
  const objectsMaxBytes = 4 * 2 ** 20;
  const bus = createMemoryBus({ clock, ...settings, objects: { maxBytes: objectsMaxBytes } });
  return {
    bus,
    ...settings,
    objectsMaxBytes,
    advance: (ms) => clock.advance(ms),
    dispose: async () => bus[Symbol.asyncDispose](),
  };
};

describe('the memory bus', () => {
  audioLogContract(makeBus);
  claimQueueContract(makeBus);
  eventFeedContract(makeBus);
  doorsContract(makeBus);
  noticesContract(makeBus);
  objectStoreContract(makeBus);

  it('ends readers, takers, holders and subscribers when it is disposed', async () => {
    const bus = createMemoryBus();
    const id = newId('s');
    const signal = new AbortController().signal;
    const slots = new SlotPool(2);
    const claims = iterate(bus.claims.take('m', slots, signal));
    await bus.claims.offer(specOf(id, 'm'));
    const [claim] = await take(claims, 1);
    const waiting = [
      claims.next(),
      iterate(bus.audio.read(id, 0, signal)).next(),
      iterate(await bus.events.subscribe(id, signal)).next(),
      iterate(await bus.events.subscribeControl(id, signal)).next(),
      iterate(await bus.notices.listen(id, signal)).next(),
      iterate(bus.tasks.take('webhook', new SlotPool(1), signal)).next(),
    ];
    await bus[Symbol.asyncDispose]();
    for (const next of await Promise.all(waiting)) expect(next.done).toBe(true);
    expect(claim?.lost.aborted).toBe(true);
    expect(slots.used).toBe(1);
  });
});
