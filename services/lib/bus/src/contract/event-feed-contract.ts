import type { Final, Partial, Progress, SessionEvent } from '@verbatim/contracts';
import { describe, expect, it } from 'vitest';
import { iterate, type MakeBus, newId, take, useBus } from './bus-under-test.ts';

const started = (at: number): SessionEvent => ({ type: 'speech_started', at });
const partial = (utterance: number, text: string): Partial => ({
  type: 'partial',
  utterance,
  text,
  stableChars: 0,
  confidence: 0.5,
  start: 0,
  end: 100,
  language: 'en',
});
const final = (utterance: number, text: string): Final => ({
  type: 'final',
  sequence: utterance,
  utterance,
  text,
  confidence: 0.9,
  start: 0,
  end: 100,
  language: 'en',
  reason: 'silence',
});
const progress = (receivedSample: number): Progress => ({
  type: 'progress',
  receivedSample,
  decodedSample: 0,
  committedSample: 0,
  finals: 0,
  marks: 0,
  lagSeconds: 0,
});

/** What every EventFeed does; run it against each adapter. */
export const eventFeedContract = (makeBus: MakeBus): void => {
  describe('an event feed', () => {
    const fixture = useBus(makeBus);
    const live = () => new AbortController().signal;
    const open = () => ({ feed: fixture.current.bus.events, id: newId('feed') });

    it('brings every subscriber of a session its events, whole and in order', async () => {
      const { feed, id } = open();
      const subscribers = [await feed.subscribe(id, live()), await feed.subscribe(id, live())];
      const events = [started(1), final(1, 'ab'), partial(2, 'c'), progress(1), started(2)];
      const received = Promise.all(subscribers.map((each) => take(iterate(each), events.length)));
      for (const event of events) await feed.publish(id, event);
      expect(await received).toEqual([events, events]);
    });

    it('keeps sessions apart', async () => {
      const { feed, id } = open();
      const other = newId('other');
      const events = iterate(await feed.subscribe(id, live()));
      const otherEvents = iterate(await feed.subscribe(other, live()));
      await feed.publish(other, started(1));
      await feed.publish(id, started(2));
      await feed.publish(other, started(3));
      expect(await take(events, 1)).toEqual([started(2)]);
      expect(await take(otherEvents, 2)).toEqual([started(1), started(3)]);
    });

    it('brings nothing that was published before the subscription', async () => {
      const { feed, id } = open();
      await feed.publish(id, started(1));
      const events = iterate(await feed.subscribe(id, live()));
      await feed.publish(id, started(2));
      expect(await take(events, 1)).toEqual([started(2)]);
    });

    it('lets a slow subscriber miss superseded partials and progress, and nothing else', async () => {
      const { feed, id } = open();
      const slow = iterate(await feed.subscribe(id, live()));
      const marker = iterate(await feed.subscribe(id, live()));
      const published = [
        started(1),
        partial(1, 'o'),
        progress(1),
        partial(1, 'on'),
        final(1, 'one'),
        progress(2),
        started(2),
        partial(2, 't'),
        partial(2, 'tw'),
        progress(3),
        started(3),
      ];
      for (const event of published) await feed.publish(id, event);
      let event: SessionEvent | undefined;
      while (event?.type !== 'speech_started' || event.at !== 3) [event] = await take(marker, 1);
      expect(await take(slow, 6)).toEqual([
        started(1),
        final(1, 'one'),
        started(2),
        partial(2, 'tw'),
        progress(3),
        started(3),
      ]);
    });

    it('ends a subscription when its signal aborts, and no other one', async () => {
      const { feed, id } = open();
      const stop = new AbortController();
      const stopped = iterate(await feed.subscribe(id, stop.signal));
      const other = iterate(await feed.subscribe(id, live()));
      const waiting = stopped.next();
      stop.abort();
      expect(await waiting).toMatchObject({ done: true });
      await feed.publish(id, started(1));
      expect(await stopped.next()).toMatchObject({ done: true });
      expect(await take(other, 1)).toEqual([started(1)]);
    });

    it('drops what is unread when the signal aborts', async () => {
      const { feed, id } = open();
      const stop = new AbortController();
      const events = iterate(await feed.subscribe(id, stop.signal));
      await feed.publish(id, started(1));
      stop.abort();
      expect(await events.next()).toMatchObject({ done: true });
    });

    it('ends a subscription at once that is made with an aborted signal', async () => {
      const { feed, id } = open();
      expect(await iterate(await feed.subscribe(id, AbortSignal.abort())).next()).toMatchObject({ done: true });
      expect(await iterate(await feed.subscribeControl(id, AbortSignal.abort())).next()).toMatchObject({ done: true });
    });

    it('carries control messages the other way, apart from the events', async () => {
      const { feed, id } = open();
      const controls = iterate(await feed.subscribeControl(id, live()));
      const otherControls = iterate(await feed.subscribeControl(newId('other'), live()));
      const events = iterate(await feed.subscribe(id, live()));
      const nothing = otherControls.next();
      await feed.control(id, { type: 'keep_alive' });
      await feed.control(id, { type: 'abort' });
      await feed.publish(id, started(1));
      expect(await take(controls, 2)).toEqual([{ type: 'keep_alive' }, { type: 'abort' }]);
      expect(await take(events, 1)).toEqual([started(1)]);
      expect(await Promise.race([nothing, 'nothing'])).toBe('nothing');
    });
  });
};
