import { type ClientEvent, heardOf } from './client-event.ts';
import { FAULTS } from './fault-plan.ts';
import type { FaultRecord } from './faults.ts';
import type { SessionResult } from './resuming-client.ts';

/** Signs that a session's text goes on; progress is none. */
const NEWS: ReadonlySet<ClientEvent['type']> = new Set([
  ...(['partial', 'final', 'speech_started', 'speech_ended', 'moved'] as const),
]);
/** A takeover later than this has another cause. */
const TAKEOVER_MS = 20_000;

/** How one session met one fault; times in milliseconds from the fault. */
export interface Touch {
  /** To the first new event; null if none came. */
  readonly newsMs: number | null;
  /** To the first sign that another process has the session: `moved`, or `opened` from another ingress. */
  readonly takeoverMs: number | null;
}

/** Milliseconds from a moment of `performance.now()` to the session's next new event; null if none came. */
export function newsAfter({ heard }: Pick<SessionResult, 'heard'>, moment: number): number | null {
  const next = heard.find(({ at, event }) => at > moment && NEWS.has(event.type));
  return next === undefined ? null : next.at - moment;
}

export const isLive = ({ startedAt, endedAt }: SessionResult, moment: number): boolean =>
  startedAt <= moment && moment < endedAt;

/**
 * The sessions that a fault touched: for an ingress those connected to it, for a transcriber those that moved before
 * `until` (the next fault), for NATS and Redis all.
 */
export function touchesOf(fault: FaultRecord, runs: readonly SessionResult[], until: number): Touch[] {
  const { at, member } = fault;
  const end = Math.min(until, at + TAKEOVER_MS);
  const live = runs.filter((run) => isLive(run, at));
  const takeover = (run: SessionResult, type: 'moved' | 'opened') => {
    const first = heardOf(run.heard, type).find((heard) => heard.at > at && heard.at <= end);
    return first === undefined ? null : first.at - at;
  };
  switch (FAULTS[fault.kind].role) {
    case 'ingress':
      return live
        .filter(({ attachments }) =>
          attachments.some((each) => each.ingress === member && each.from <= at && at < each.to),
        )
        .map((run) => ({ newsMs: newsAfter(run, at), takeoverMs: takeover(run, 'opened') }));
    case 'transcriber':
      return live
        .map((run) => ({ newsMs: newsAfter(run, at), takeoverMs: takeover(run, 'moved') }))
        .filter(({ takeoverMs }) => takeoverMs !== null);
    default:
      return live.map((run) => ({ newsMs: newsAfter(run, at), takeoverMs: null }));
  }
}
