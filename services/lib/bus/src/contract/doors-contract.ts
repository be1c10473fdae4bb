import { describe, expect, it } from 'vitest';
import type { DoorCall, DoorReply } from '../ports.ts';
import { type MakeBus, newId, useBus } from './bus-under-test.ts';

const ERASED: DoorCall = { type: 'erased' };
const NOTED: DoorReply = { type: 'noted' };
const REFUSED: DoorReply = { type: 'refused' };
const HANDED_OVER: DoorReply = {
  type: 'handed_over',
  handover: {
    asked: [
      { requestId: 'Käse "1"', mark: 3 },
      { requestId: 'b', mark: 4 },
    ],
    answered: 2,
    unsentFlushes: ['a'],
    ended: true,
    shown: 17,
  },
};

/** What every Doors does; run it against each adapter. */
export const doorsContract = (makeBus: MakeBus): void => {
  describe('the doors', () => {
    const fixture = useBus(makeBus);
    const live = () => new AbortController().signal;
    const open = () => ({ doors: fixture.current.bus.doors, id: newId('door') });

    it('bring a call to who serves the session, and its reply back, both whole', async () => {
      const { doors, id } = open();
      const calls: DoorCall[] = [];
      const answer = async (call: DoorCall) => {
        calls.push(call);
        return call.type === 'take' && call.onlyDetached ? REFUSED : HANDED_OVER;
      };
      await doors.serve(id, answer, live());
      expect(await doors.call(id, { type: 'take', onlyDetached: true })).toEqual(REFUSED);
      expect(await doors.call(id, { type: 'take', onlyDetached: false })).toEqual(HANDED_OVER);
      expect(calls).toEqual([
        { type: 'take', onlyDetached: true },
        { type: 'take', onlyDetached: false },
      ]);
    });

    it('give null at once where nobody serves the session', async () => {
      const { doors, id } = open();
      await doors.serve(newId('other'), async () => NOTED, live());
      expect(await doors.call(id, ERASED)).toBeNull();
    });

    it('ask every door that serves the session, and give the first reply', async () => {
      const { doors, id } = open();
      const asked: string[] = [];
      const slow = async () => {
        asked.push('slow');
        return new Promise<DoorReply>(() => {});
      };
      const quick = async () => {
        asked.push('quick');
        return NOTED;
      };
      await doors.serve(id, slow, live());
      await doors.serve(id, quick, live());
      expect(await doors.call(id, ERASED)).toEqual(NOTED);
      expect(asked.sort()).toEqual(['quick', 'slow']);
    });

    it('give null when no answer comes within a second', async () => {
      const { doors, id } = open();
      await doors.serve(id, () => new Promise(() => {}), live());
      const reply = doors.call(id, ERASED);
      await fixture.current.advance?.(1_000);
      expect(await reply).toBeNull();
    });

    it('pass over a door whose answer fails', async () => {
      const { doors, id } = open();
      await doors.serve(id, () => Promise.reject(new Error('broken')), live());
      await doors.serve(id, async () => NOTED, live());
      expect(await doors.call(id, ERASED)).toEqual(NOTED);
    });

    it('ask no door whose signal has aborted', async () => {
      const { doors, id } = open();
      const stop = new AbortController();
      await doors.serve(id, async () => REFUSED, stop.signal);
      await doors.serve(id, async () => NOTED, live());
      stop.abort();
      await doors.serve(id, async () => REFUSED, AbortSignal.abort());
      expect(await doors.call(id, ERASED)).toEqual(NOTED);
    });

    it('keep sessions apart', async () => {
      const { doors, id } = open();
      const other = newId('other');
      await doors.serve(id, async () => NOTED, live());
      await doors.serve(other, async () => REFUSED, live());
      expect(await doors.call(id, ERASED)).toEqual(NOTED);
      expect(await doors.call(other, ERASED)).toEqual(REFUSED);
    });
  });
};
