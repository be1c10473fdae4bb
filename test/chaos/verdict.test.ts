import { describe, expect, it } from 'vitest';
import type { ClientEvent, FinalEvent } from './client-event.ts';
import { judge } from './verdict.ts';

const final = (sequence: number, text = `${sequence}`): FinalEvent => ({
  ...{ type: 'final', sequence, text, startMs: 1_000 * sequence, endMs: 1_000 * sequence + 900 },
});
const closed = (finals: number, reason = 'end_of_audio'): ClientEvent => ({ type: 'closed', reason, finals });
const session = (...events: ClientEvent[]) => ({ heard: events.map((event, at) => ({ at, event })), failure: null });
const repeats = [
  [final(1), final(2)],
  [final(1), final(2)],
];
const problemsOf = (...events: ClientEvent[]) => judge(session(...events), repeats).problems;

describe('judge', () => {
  it('finds nothing wrong with what undisturbed sessions saw too', () => {
    expect(problemsOf({ type: 'partial' }, final(1), { type: 'moved', epoch: 2 }, final(2), closed(2))).toEqual([]);
  });

  it('finds a final that is missing, doubled or out of order', () => {
    expect(problemsOf(final(2), closed(2))).toContain('finals came as 2: 1 missing, 0 doubled');
    expect(problemsOf(final(1), final(1), final(2), closed(2))).toContain(
      'finals came as 1, 1, 2: 0 missing, 1 doubled',
    );
    expect(problemsOf(final(2), final(1), closed(2))).toEqual([
      'finals came as 2, 1: 0 missing, 0 doubled, out of order',
    ]);
  });

  it('finds another text and a lost one', () => {
    expect(problemsOf(final(1), final(2, 'too'), closed(2))).toEqual(['at 2000 ms "too" and undisturbed "2"']);
    expect(problemsOf(final(1), closed(1))).toEqual(['at 2000 ms nothing and undisturbed "2"']);
  });

  it('finds a session that closed early, late, or not at all', () => {
    expect(problemsOf(final(1), final(2), closed(2, 'server_shutdown'))).toEqual(['closed because of server_shutdown']);
    expect(problemsOf(final(1), final(2), closed(2), { type: 'partial' })).toEqual(['after closed came partial']);
    expect(problemsOf(final(1), final(2))).toEqual(['no closed came']);
    expect(problemsOf(final(1), final(2), closed(3))).toEqual(['closed says 3 finals, and the client saw 2']);
  });

  it('finds a gap and a client that gave up', () => {
    const gap: ClientEvent = { type: 'gap', from: 0, to: 1_600, reason: 'expired' };
    expect(problemsOf(gap, final(1), final(2), closed(2))).toEqual(['a gap from sample 0 to 1600: expired']);
    const gaveUp = { ...session(final(1), final(2)), failure: 'ingress-1: internal: oh' };
    expect(judge(gaveUp, repeats).problems).toEqual(['the client gave up: ingress-1: internal: oh']);
  });
});
