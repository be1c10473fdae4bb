import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { iterate, type MakeBus, newId, take, useBus } from './bus-under-test.ts';

/** What every Notices does; run it against each adapter. */
export const noticesContract = (makeBus: MakeBus): void => {
  describe('notices', () => {
    const fixture = useBus(makeBus);
    const live = () => new AbortController().signal;
    const open = () => ({ notices: fixture.current.bus.notices, id: newId('notice') });
    /** Resolves when whoever listens to `id` has what was told before: it comes behind that on the same way. */
    const settle = async () => {
      const { notices, id } = open();
      const marker = iterate(await notices.listen(id, live()));
      await notices.tell(id);
      await take(marker, 1);
    };
    const isQuiet = async (item: Promise<unknown>): Promise<boolean> => {
      await settle();
      return (await Promise.race([item, setImmediate('nothing')])) === 'nothing';
    };

    it('reach everybody who listens', async () => {
      const { notices, id } = open();
      const listeners = [await notices.listen(id, live()), await notices.listen(id, live())].map(iterate);
      const told = Promise.all(listeners.map((each) => each.next()));
      await notices.tell(id);
      for (const item of await told) expect(item.done).toBe(false);
    });

    it('come one by one to a consumer that keeps up', async () => {
      const { notices, id } = open();
      const listener = iterate(await notices.listen(id, live()));
      for (let i = 0; i < 3; i++) {
        const next = listener.next();
        await notices.tell(id);
        expect((await next).done).toBe(false);
      }
      expect(await isQuiet(listener.next())).toBe(true);
    });

    it('are one where several come while the consumer is busy', async () => {
      const { notices, id } = open();
      const listener = iterate(await notices.listen(id, live()));
      for (let i = 0; i < 5; i++) await notices.tell(id);
      await settle();
      await take(listener, 1);
      expect(await isQuiet(listener.next())).toBe(true);
    });

    it('are for one id only', async () => {
      const { notices, id } = open();
      const other = iterate(await notices.listen(newId('other'), live()));
      const listener = iterate(await notices.listen(id, live()));
      const nothing = other.next();
      await notices.tell(id);
      await take(listener, 1);
      expect(await isQuiet(nothing)).toBe(true);
    });

    it('told before somebody listens are lost, as are those nobody listens to', async () => {
      const { notices, id } = open();
      await notices.tell(id);
      const listener = iterate(await notices.listen(id, live()));
      expect(await isQuiet(listener.next())).toBe(true);
    });

    it('end when the signal aborts, for that listener only', async () => {
      const { notices, id } = open();
      const stop = new AbortController();
      const stopped = iterate(await notices.listen(id, stop.signal));
      const other = iterate(await notices.listen(id, live()));
      const waiting = stopped.next();
      stop.abort();
      expect((await waiting).done).toBe(true);
      expect((await iterate(await notices.listen(id, stop.signal)).next()).done).toBe(true);
      await notices.tell(id);
      expect((await other.next()).done).toBe(false);
    });
  });
};
