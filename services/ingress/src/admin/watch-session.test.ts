import { createMemoryBus } from '@verbatim/bus';
import type { Final, SessionEvent, SessionSpec } from '@verbatim/contracts';
import { ManualClock } from '@verbatim/contracts/testing';
import { createMemoryStores } from '@verbatim/sessions';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sighting, watchSession } from './watch-session.ts';

const spec: SessionSpec = {
  ...{ sessionId: 's', tenant: 'default', kind: 'live', model: 'm', language: null, task: 'transcribe', prompt: '' },
  ...{ encoding: 'linear16', sampleRateHertz: 16_000, channelCount: 1, partialResults: true, overflow: 'block' },
  ...{ silenceMs: 500, maxUtteranceMs: 15_000 },
};
const final = (sequence: number): Final => ({
  ...{ type: 'final', sequence, utterance: sequence, text: `${sequence}.`, confidence: 0.9, language: 'en' },
  ...{ start: sequence, end: sequence + 1, reason: 'silence' },
});
const progress = (finals: number): SessionEvent => ({
  ...{ type: 'progress', receivedSample: 9, decodedSample: 9, committedSample: 9, finals, marks: 0, lagSeconds: 0 },
});
const partial: SessionEvent = {
  ...{ type: 'partial', utterance: 1, text: 'a', stableChars: 0, confidence: 1, start: 0, end: 1, language: 'en' },
};

describe('watching a session', () => {
  let clock: ManualClock;
  let bus: ReturnType<typeof createMemoryBus>;
  let store: ReturnType<typeof createMemoryStores>['sessions'];
  let over: AbortController;
  let seen: Sighting[];
  let epoch: number;

  beforeEach(async () => {
    clock = new ManualClock();
    bus = createMemoryBus();
    store = createMemoryStores().sessions;
    over = new AbortController();
    seen = [];
    await store.open(spec, 'hash', 'door');
    ({ epoch } = (await store.claim('s', 'transcriber-1'))!);
  });
  afterEach(() => over.abort());

  const watch = (partials = false): Promise<void> =>
    (async () => {
      const { events } = bus;
      for await (const sighting of watchSession('s', { store, events, clock, partials, signal: over.signal })) {
        seen.push(sighting);
      }
    })();
  const commit = (sequence: number) =>
    store.commit('s', epoch, { final: final(sequence), cursor: sequence + 1, state: new Uint8Array() });
  const kinds = () => seen.map((each) => (each.type === 'final' ? each.sequence : each.type));
  const say = (...events: SessionEvent[]) => Promise.all(events.map((event) => bus.events.publish('s', event)));

  it('shows its state, the finals from before, and then what comes', async () => {
    await commit(1);
    void watch();
    await expect.poll(kinds).toEqual(['state', 1]);
    expect(seen[0]).toMatchObject({ record: { owner: 'transcriber-1' } });
    await commit(2);
    await say(partial, final(2), progress(2));
    await expect.poll(kinds).toEqual(['state', 1, 2, 'progress']);
  });

  it('shows partials to who asks for them', async () => {
    void watch(true);
    await expect.poll(kinds).toEqual(['state']);
    await say(partial);
    await expect.poll(kinds).toEqual(['state', 'partial']);
  });

  it('shows each final once and in order, also where the feed lost some', async () => {
    void watch();
    await expect.poll(kinds).toEqual(['state']);
    for (const sequence of [1, 2, 3]) await commit(sequence);
    await say(final(3), final(3), progress(3));
    await expect.poll(kinds).toEqual(['state', 1, 2, 3, 'progress']);
  });

  it('tells who has it after it moved', async () => {
    void watch();
    await expect.poll(kinds).toEqual(['state']);
    ({ epoch } = (await store.claim('s', 'transcriber-2'))!);
    await say({ type: 'moved', epoch });
    await expect.poll(kinds).toEqual(['state', 'moved', 'state']);
    expect(seen[2]).toMatchObject({ record: { owner: 'transcriber-2', epoch: 2 } });
  });

  it('tells what became of it before it says that it is closed', async () => {
    const heard = watch();
    await expect.poll(kinds).toEqual(['state']);
    await commit(1);
    await store.close('s', 'end_of_audio');
    await say({ type: 'closed', reason: 'end_of_audio', audioSeconds: 1, finals: 1 });
    await heard;
    expect(kinds()).toEqual(['state', 1, 'state', 'closed']);
    expect(seen[2]).toMatchObject({ record: { status: 'closed', closeReason: 'end_of_audio' } });
  });

  it('notices another door, and a move that nobody told of, also while it is busy', async () => {
    void watch();
    await expect.poll(kinds).toEqual(['state']);
    await store.attach('s', 'another door');
    await store.claim('s', 'transcriber-2');
    for (let looks = 0; looks < 4; looks++) {
      await say(progress(0));
      await clock.advance(1_000);
    }
    await expect
      .poll(() => seen.filter(({ type }) => type === 'state'))
      .toMatchObject([
        { record: { door: 'door', owner: 'transcriber-1' } },
        { record: { door: 'another door', owner: 'transcriber-2' } },
      ]);
  });

  it('ends with closed, whether it hears of that or finds it so', async () => {
    const heard = watch();
    await expect.poll(kinds).toEqual(['state']);
    await say({ type: 'closed', reason: 'end_of_audio', audioSeconds: 1, finals: 0 });
    await heard;
    expect(kinds()).toEqual(['state', 'closed']);
    seen = [];
    const found = watch();
    await expect.poll(kinds).toEqual(['state']);
    await commit(1);
    await store.close('s', 'idle');
    clock.advance(3_000);
    await found;
    expect(kinds()).toEqual(['state', 'state', 1, 'closed']);
    seen = [];
    await watch();
    expect(kinds()).toEqual(['state', 1, 'closed']);
  });

  it('is closed at once for a session that there is not, and soon for one that is erased', async () => {
    const erased = watch();
    await expect.poll(kinds).toEqual(['state']);
    await store.erase('s');
    clock.advance(3_000);
    await erased;
    expect(seen.at(-1)).toMatchObject({ type: 'closed', reason: 'erased' });
    seen = [];
    await watch();
    expect(kinds()).toEqual(['closed']);
  });

  it('leaves nothing behind when its watcher leaves', async () => {
    const left = watch();
    await expect.poll(kinds).toEqual(['state']);
    over.abort();
    await left;
    expect(kinds()).toEqual(['state']);
  });
});
