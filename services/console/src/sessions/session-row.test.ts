import type { AdminSession, WatchedEvent } from '@verbatim/client';
import { describe, expect, it } from 'vitest';
import { listed, type SessionRow, watched } from './session-row.ts';
import { finalOf, sessionOf } from './testing/fakes.ts';

const told = (rows: readonly SessionRow[], ...events: WatchedEvent['event'][]): SessionRow =>
  events.reduce((all, event) => watched(all, { sessionId: 's-1', event }), rows)[0]!;

const rowsOf = (session: Partial<AdminSession> = {}) => listed([], [sessionOf('s-1', session)]);

const progress = (receivedSample: number, lagSeconds: number) =>
  ({ type: 'progress', receivedSample, decodedSample: 0, committedSample: 0, finals: 0, lagSeconds }) as const;

describe('a row', () => {
  it('shows the audio and the lag that its session tells', () => {
    expect(told(rowsOf({ receivedMs: 500 }), progress(32_000, 0.4))).toMatchObject({
      receivedMs: 2_000,
      lagSeconds: 0.4,
    });
  });

  it('never shows less audio than before, as the list is older than the events', () => {
    const rows = watched(rowsOf(), { sessionId: 's-1', event: progress(32_000, 0.4) });
    expect(listed(rows, [sessionOf('s-1', { receivedMs: 1_500 })])[0]!.receivedMs).toBe(2_000);
    expect(listed(rows, [sessionOf('s-1', { receivedMs: null })])[0]!.receivedMs).toBe(2_000);
  });

  it('has each final once, also when the watching began anew', () => {
    const row = told(rowsOf(), finalOf(1), finalOf(2), finalOf(1), finalOf(2), finalOf(3));
    expect(row.finals.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(row.session.finalCount).toBe(3);
  });

  it('keeps the newest two hundred finals, and counts the others', () => {
    const row = told(rowsOf(), ...Array.from({ length: 250 }, (_, index) => finalOf(index + 1)));
    expect([row.finals.length, row.finals[0]!.sequence, row.finalsDropped]).toEqual([200, 51, 50]);
  });

  it('tells behind which final another transcriber took over, and which one once that is known', () => {
    const rows = rowsOf({ epoch: 1, owner: 'pod-a' });
    const moved = told(rows, finalOf(1), { type: 'moved', epoch: 2 }, finalOf(2));
    expect(moved.takeovers).toEqual([{ epoch: 2, owner: null, afterFinal: 1 }]);
    const [known] = listed([moved], [sessionOf('s-1', { epoch: 2, owner: 'pod-b' })]);
    expect(known!.takeovers).toEqual([{ epoch: 2, owner: 'pod-b', afterFinal: 1 }]);
    expect(told([known!], { type: 'moved', epoch: 2 }).takeovers.length).toBe(1);
  });

  it('tells of a takeover also where only the list does', () => {
    const [row] = listed(rowsOf({ epoch: 1, owner: 'pod-a' }), [sessionOf('s-1', { epoch: 3, owner: 'pod-c' })]);
    expect(row!.takeovers).toEqual([{ epoch: 3, owner: 'pod-c', afterFinal: 0 }]);
  });

  it('is no takeover when the first transcriber takes the session', () => {
    const [row] = listed(rowsOf({ epoch: 0, owner: null }), [sessionOf('s-1', { epoch: 1, owner: 'pod-a' })]);
    expect(row!.takeovers).toEqual([]);
  });

  it('is closed, without lag, when its session is', () => {
    const row = told(rowsOf(), progress(16_000, 3), {
      ...{ type: 'closed', reason: 'end_of_audio', audioSeconds: 1, finals: 0 },
    });
    expect(row).toMatchObject({ lagSeconds: null, session: { status: 'closed', closeReason: 'end_of_audio' } });
  });

  it('goes when its session is no longer on the page, and stays as it is when another one says something', () => {
    const rows = listed([], [sessionOf('s-1'), sessionOf('s-2')]);
    const next = watched(rows, { sessionId: 's-2', event: finalOf(1) });
    expect(next[0]).toBe(rows[0]);
    expect(listed(next, [sessionOf('s-2')])).toMatchObject([
      { session: { sessionId: 's-2' }, finals: [{ sequence: 1 }] },
    ]);
  });
});
