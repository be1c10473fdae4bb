import { describe, expect, it } from 'vitest';
import { listed, watched } from './session-row.ts';
import { isBehind, lagInWords, stateInWords, summaryOf } from './session-words.ts';
import { sessionOf } from './testing/fakes.ts';

describe('the lag', () => {
  it('is called behind over two seconds, in words as well as in colour', () => {
    expect([null, 0.44, 2, 2.1].map(lagInWords)).toEqual(['–', '0.4 s', '2.0 s', '2.1 s behind']);
    expect([null, 0.44, 2, 2.1].map(isBehind)).toEqual([false, false, false, true]);
  });
});

describe('the state of a session', () => {
  it('tells what it waits for, and why it ended', () => {
    expect(stateInWords(sessionOf('s-1'))).toBe('Live');
    expect(stateInWords(sessionOf('s-1', { owner: null, door: null }))).toBe('Waiting');
    expect(stateInWords(sessionOf('s-1', { door: null }))).toBe('Client is away');
    expect(stateInWords(sessionOf('s-1', { status: 'closed', closeReason: 'failed' }))).toBe('Failed');
    expect(stateInWords(sessionOf('s-1', { status: 'closed', closeReason: 'of a later version' }))).toBe('Ended');
  });
});

describe('the summary', () => {
  it('counts open sessions and those of each transcriber, and has the highest lag', () => {
    const sessions = [
      sessionOf('s-1', { owner: 'pod-b' }),
      sessionOf('s-2', { owner: 'pod-a' }),
      sessionOf('s-3', { owner: 'pod-b' }),
      sessionOf('s-4', { owner: null }),
      sessionOf('s-5', { owner: 'pod-c', status: 'closed' }),
    ];
    const progress = { type: 'progress', receivedSample: 0, decodedSample: 0, committedSample: 0, finals: 0 } as const;
    const rows = [
      { sessionId: 's-1', lagSeconds: 0.5 },
      { sessionId: 's-2', lagSeconds: 3 },
      { sessionId: 's-5', lagSeconds: 9 },
    ].reduce(
      (all, { sessionId, lagSeconds }) => watched(all, { sessionId, event: { ...progress, lagSeconds } }),
      listed([], sessions),
    );
    expect(summaryOf(rows)).toEqual({
      open: 4,
      highestLag: 3,
      owners: [
        { owner: 'pod-b', sessions: 2 },
        { owner: 'pod-a', sessions: 1 },
      ],
    });
  });

  it('has no lag where nobody has told', () => {
    expect(summaryOf([])).toEqual({ open: 0, highestLag: null, owners: [] });
  });
});
