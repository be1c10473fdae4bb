import type { AdminSession } from '@verbatim/client';
import type { SessionRow } from './session-row.ts';

/** Seconds of lag that a listener notices. */
const NOTICED_LAG = 2;

export const isBehind = (lagSeconds: number | null): boolean => lagSeconds !== null && lagSeconds > NOTICED_LAG;

export const lagInWords = (lagSeconds: number | null): string => {
  if (lagSeconds === null) return '–';
  return `${lagSeconds.toFixed(1)} s${isBehind(lagSeconds) ? ' behind' : ''}`;
};

const CLOSE_REASONS: Readonly<Record<string, string>> = {
  end_of_audio: 'Ended',
  resume_window_expired: 'Ended, client gone',
  idle: 'Ended, no audio',
  limit: 'Ended at a limit',
  erased: 'Erased',
  failed: 'Failed',
  server_shutdown: 'Ended with the server',
};

/** How a session is. It waits where no transcriber has it. */
export const stateInWords = ({ status, closeReason, owner, door }: AdminSession): string => {
  if (status === 'closed') return CLOSE_REASONS[closeReason ?? ''] ?? 'Ended';
  if (owner === null) return 'Waiting';
  return door === null ? 'Client is away' : 'Live';
};

export interface Summary {
  readonly open: number;
  /** Seconds; null where no session has told. */
  readonly highestLag: number | null;
  /** Most sessions first. */
  readonly owners: readonly { readonly owner: string; readonly sessions: number }[];
}

/** What the rows are together; those that are closed do not count. */
export const summaryOf = (rows: readonly SessionRow[]): Summary => {
  const open = rows.filter(({ session }) => session.status === 'open');
  const lags = open.flatMap(({ lagSeconds }) => lagSeconds ?? []);
  const owners = new Map<string, number>();
  for (const { session } of open) {
    if (session.owner !== null) owners.set(session.owner, (owners.get(session.owner) ?? 0) + 1);
  }
  return {
    open: open.length,
    highestLag: lags.length === 0 ? null : Math.max(...lags),
    owners: [...owners]
      .map(([owner, sessions]) => ({ owner, sessions }))
      .toSorted((one, other) => other.sessions - one.sessions || one.owner.localeCompare(other.owner)),
  };
};
