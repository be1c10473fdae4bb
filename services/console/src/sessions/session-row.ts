import type { AdminSession, WatchedEvent } from '@verbatim/client';
import type { Final } from '@verbatim/contracts';

/** A session of the list, with what has happened since it is watched. Never changes: an event makes a new one. */
export interface SessionRow {
  readonly session: AdminSession;
  /** Milliseconds of audio that have come in; null where nobody has told. */
  readonly receivedMs: number | null;
  /** Seconds by which the text is behind the audio; null until the session tells. */
  readonly lagSeconds: number | null;
  /** Newest last. */
  readonly finals: readonly Final[];
  /** Earlier finals that are no longer kept. */
  readonly finalsDropped: number;
  readonly takeovers: readonly Takeover[];
}

/** Another transcriber took the session. */
export interface Takeover {
  readonly epoch: number;
  /** Null until the server has said which one. */
  readonly owner: string | null;
  /** Comes behind the final with this number; 0: before all. */
  readonly afterFinal: number;
}

/** Of one session. The page is no archive. */
const MOST_FINALS = 200;

/** The rows of a page of sessions as it is now, with what was known of them before. */
export const listed = (rows: readonly SessionRow[], sessions: readonly AdminSession[]): readonly SessionRow[] =>
  sessions.map((session) => {
    const row = rows.find((each) => each.session.sessionId === session.sessionId);
    return row === undefined ? newRow(session) : withSession(row, session);
  });

/** The rows after an event of one of them. */
export const watched = (rows: readonly SessionRow[], { sessionId, event }: WatchedEvent): readonly SessionRow[] =>
  rows.map((row) => (row.session.sessionId === sessionId ? withEvent(row, event) : row));

const newRow = (session: AdminSession): SessionRow => ({
  session,
  receivedMs: session.receivedMs,
  lagSeconds: null,
  finals: [],
  finalsDropped: 0,
  takeovers: [],
});

const withSession = (row: SessionRow, session: AdminSession): SessionRow => {
  const moved = session.epoch > row.session.epoch && row.session.epoch > 0 ? withTakeover(row, session.epoch) : row;
  return {
    ...moved,
    session,
    receivedMs: most(row.receivedMs, session.receivedMs),
    takeovers: moved.takeovers.map((takeover) =>
      takeover.epoch === session.epoch && takeover.owner === null ? { ...takeover, owner: session.owner } : takeover,
    ),
  };
};

const withEvent = (row: SessionRow, event: WatchedEvent['event']): SessionRow => {
  switch (event.type) {
    case 'final':
      return withFinal(row, event);
    case 'progress':
      return {
        ...row,
        lagSeconds: event.lagSeconds,
        receivedMs: most(row.receivedMs, Math.round(event.receivedSample / 16)),
      };
    case 'moved':
      return withTakeover(row, event.epoch);
    case 'closed':
      return {
        ...row,
        lagSeconds: null,
        session: { ...row.session, status: 'closed', closeReason: event.reason, owner: null, door: null },
      };
    case 'state':
      return withSession(row, event.session);
    default:
      return row;
  }
};

/** A final comes again when the watching begins anew. */
const withFinal = (row: SessionRow, final: Final): SessionRow => {
  if (final.sequence <= (row.finals.at(-1)?.sequence ?? 0)) return row;
  const finals = [...row.finals, final];
  const tooMany = Math.max(0, finals.length - MOST_FINALS);
  return {
    ...row,
    finals: finals.slice(tooMany),
    finalsDropped: row.finalsDropped + tooMany,
    session: { ...row.session, finalCount: Math.max(row.session.finalCount, final.sequence) },
  };
};

/** The event and the list both tell of a takeover, in whichever order. */
const withTakeover = (row: SessionRow, epoch: number): SessionRow => {
  if (row.takeovers.some((takeover) => takeover.epoch === epoch)) return row;
  const owner = row.session.epoch === epoch ? row.session.owner : null;
  const takeover = { epoch, owner, afterFinal: row.finals.at(-1)?.sequence ?? 0 };
  return { ...row, takeovers: [...row.takeovers, takeover] };
};

const most = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other);
