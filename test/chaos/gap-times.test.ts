import { describe, expect, it } from 'vitest';
import type { ClientEvent } from './client-event.ts';
import type { FaultKind } from './fault-plan.ts';
import { newsAfter, touchesOf } from './gap-times.ts';
import type { SessionResult } from './resuming-client.ts';

const opened: ClientEvent = { type: 'opened', sessionId: 's', resumeToken: 't', nextSample: 0 };
const session = (heard: readonly (readonly [number, ClientEvent])[], ingress = 'ingress-1'): SessionResult => ({
  ...{ sessionId: 's', startedAt: 0, endedAt: 10_000, errors: {}, failure: null },
  heard: heard.map(([at, event]) => ({ at, event })),
  attachments: [{ ingress, from: 0, to: 5_100 }],
});
const fault = (kind: FaultKind, member: string) => ({ kind, member, at: 5_000, overAt: 6_000 });
const partial: ClientEvent = { type: 'partial' };

describe('newsAfter', () => {
  it('is the time to the next event that shows text going on', () => {
    const run = session([
      [4_999, partial],
      [5_100, { type: 'suppressed' }],
      [5_700, partial],
    ]);
    expect(newsAfter(run, 5_000)).toBe(700);
    expect(newsAfter(run, 5_700)).toBeNull();
  });
});

describe('touchesOf', () => {
  it('takes the sessions connected to an ingress, and times their next connection', () => {
    const runs = [session([[5_300, opened]]), session([[5_200, partial]], 'ingress-2')];
    expect(touchesOf(fault('ingress-kill', 'ingress-1'), runs, 12_000)).toEqual([{ newsMs: null, takeoverMs: 300 }]);
  });

  it('takes the sessions that moved after a transcriber fell, and before the next fault', () => {
    const moved: ClientEvent = { type: 'moved', epoch: 2 };
    const runs = [session([[6_500, moved]]), session([[13_000, moved]]), session([[5_200, partial]])];
    expect(touchesOf(fault('transcriber-kill', 'transcriber-1'), runs, 12_000)).toEqual([
      { newsMs: 1_500, takeoverMs: 1_500 },
    ]);
  });

  it('takes every live session for NATS and Redis', () => {
    const runs = [session([[5_200, partial]]), { ...session([]), endedAt: 4_000 }];
    expect(touchesOf(fault('nats-kill', 'nats'), runs, 12_000)).toEqual([{ newsMs: 200, takeoverMs: null }]);
  });
});
