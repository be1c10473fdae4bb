import type { Final } from '@verbatim/contracts';
import { count, listOf, nullOr, object, oneOf, type Shape, string } from '../shape.ts';
import { readFinal } from '../stream/wire.ts';
import { moment } from './moment.ts';

/** What the server remembers of a session. */
export interface Session {
  readonly sessionId: string;
  readonly status: 'open' | 'closed';
  readonly closeReason: string | null;
  readonly model: string;
  /** As it was asked for; each final names its own. */
  readonly language: string | null;
  readonly task: string;
  readonly openedAt: Date;
  readonly updatedAt: Date;
  /** How much audio the finals cover, silence included, in milliseconds. */
  readonly committedMs: number;
  readonly finalCount: number;
}

/** A session with its text so far. */
export interface SessionTranscript extends Session {
  readonly finals: readonly Final[];
}

/** A session as operators see it. */
export interface AdminSession extends Session {
  readonly tenant: string;
  readonly kind: 'live' | 'job';
  /** The transcriber that has it; null while none does. */
  readonly owner: string | null;
  /** Goes up by one with each transcriber that takes it. */
  readonly epoch: number;
  /** The hold of a connection on it; null while it has none. */
  readonly door: string | null;
  /** How much audio has come in, in milliseconds; null where that is not known. */
  readonly receivedMs: number | null;
}

const sessionFields = {
  sessionId: string,
  status: oneOf(['open', 'closed']),
  closeReason: nullOr(string),
  model: string,
  language: nullOr(string),
  task: string,
  openedAt: moment,
  updatedAt: moment,
  committedMs: count,
  finalCount: count,
};

export const readTranscript: Shape<SessionTranscript> = object({
  ...sessionFields,
  finals: listOf(readFinal),
});

export const readAdminSession: Shape<AdminSession> = object({
  ...sessionFields,
  tenant: string,
  kind: oneOf(['live', 'job']),
  owner: nullOr(string),
  epoch: count,
  door: nullOr(string),
  receivedMs: nullOr(count),
});

/** One page of them, and where the next one begins. */
export interface AdminSessionPage {
  readonly sessions: readonly AdminSession[];
  readonly next: string | null;
}

export const readAdminSessionPage: Shape<AdminSessionPage> = object({
  sessions: listOf(readAdminSession),
  next: nullOr(string),
});
