import { setTimeout as sleep } from 'node:timers/promises';
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
    resumeToken: 'token',
  },
};

const settle = (): Promise<'nothing yet'> => sleep(50, 'nothing yet');

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
      const gently: DoorCall = { type: 'take', door: null, onlyDetached: true };
      const firmly: DoorCall = { type: 'take', door: 'door-1', onlyDetached: false };
      expect(await doors.call(id, gently)).toEqual(REFUSED);
      expect(await doors.call(id, firmly)).toEqual(HANDED_OVER);
      expect(calls).toEqual([gently, firmly]);
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

    it.each([
      ['answers', () => new Promise<null>(() => {})],
      ['says anything', async () => null],
      ['can answer', () => Promise.reject(new Error('broken'))],
    ])('say that it is silent where nobody who serves the session %s within a second', async (_, answer) => {
      const { doors, id } = open();
      await doors.serve(id, answer, live());
      await doors.serve(id, answer, live());
      const reply = doors.call(id, ERASED);
      expect(await Promise.race([reply, settle()])).toBe('nothing yet');
      await fixture.current.advance?.(1_000);
      expect(await reply).toEqual({ type: 'silent' });
    });

    it('pass over a door that says nothing', async () => {
      const { doors, id } = open();
      await doors.serve(id, async () => null, live());
      await doors.serve(id, async () => NOTED, live());
      await doors.serve(id, async () => null, live());
      expect(await doors.call(id, ERASED)).toEqual(NOTED);
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
