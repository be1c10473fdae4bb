import type { AudioLog } from '@verbatim/bus';
import { type Clock, msFromSamples } from '@verbatim/contracts';
import type { SessionRecord } from '@verbatim/sessions';
import { sessionBody } from '../rest/session-body.ts';
import { inTime } from './in-time.ts';

export interface AdminSessionDeps {
  readonly audio: Pick<AudioLog, 'head'>;
  readonly clock: Clock;
}

/** Where the audio log is away, its head is waited for no longer: who has the sessions is wanted most then. */
const HEAD_WAIT_MS = 1_000;

/** A session as operators see it. */
export const adminSession = async (record: SessionRecord, deps: AdminSessionDeps) => {
  const { owner, epoch, door, spec } = record;
  return {
    ...sessionBody(record),
    ...{ tenant: spec.tenant, kind: spec.kind, owner, epoch, door },
    received_ms: await receivedMs(record, deps),
  };
};

/** Null for a session that is over, and where the log can't be asked. */
const receivedMs = async (
  { spec, status, cursor }: SessionRecord,
  { audio, clock }: AdminSessionDeps,
): Promise<number | null> => {
  if (status === 'closed') return null;
  const head = await inTime(
    audio.head(spec.sessionId).catch(() => null),
    clock,
    HEAD_WAIT_MS,
  );
  // The log forgets by age; what is committed was received.
  return head === null ? null : Math.round(msFromSamples(Math.max(head, cursor)));
};
