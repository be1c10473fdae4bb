import type { Final } from '@verbatim/contracts';
import * as z from 'zod/mini';
import { finalSchema } from '../stream/wire.ts';
import { moment } from './fields.ts';

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
  sessionId: z.string(),
  status: z.enum(['open', 'closed']),
  closeReason: z.nullable(z.string()),
  model: z.string(),
  language: z.nullable(z.string()),
  task: z.string(),
  openedAt: moment,
  updatedAt: moment,
  committedMs: z.int(),
  finalCount: z.int(),
};

export const transcriptSchema: z.ZodMiniType<SessionTranscript> = z.object({
  ...sessionFields,
  finals: z.array(finalSchema),
});

export const adminSessionSchema: z.ZodMiniType<AdminSession> = z.object({
  ...sessionFields,
  tenant: z.string(),
  kind: z.enum(['live', 'job']),
  owner: z.nullable(z.string()),
  epoch: z.int(),
  door: z.nullable(z.string()),
  receivedMs: z.nullable(z.int()),
});

/** One page of them, and where the next one begins. */
export interface AdminSessionPage {
  readonly sessions: readonly AdminSession[];
  readonly next: string | null;
}

export const adminSessionPageSchema: z.ZodMiniType<AdminSessionPage> = z.object({
  sessions: z.array(adminSessionSchema),
  next: z.nullable(z.string()),
});
