import { type SessionSpec, sessionSpecSchema } from '@verbatim/contracts';
import { z } from 'zod';
import { type JobTask, sessionLane, TASK_KINDS, taskId } from './ports.ts';

/** What a claim queue must know of the things that wait in it. */
export interface QueueKind<T> {
  /** What one of them is, for people: "session". */
  readonly noun: string;
  readonly idOf: (spec: T) => string;
  readonly laneOf: (spec: T) => string;
  readonly schema: z.ZodType<T>;
}

export const SESSIONS: QueueKind<SessionSpec> = {
  noun: 'session',
  idOf: ({ sessionId }) => sessionId,
  laneOf: ({ model, kind }) => sessionLane(model, kind),
  schema: sessionSpecSchema,
};

export const TASKS: QueueKind<JobTask> = {
  noun: 'task',
  idOf: taskId,
  laneOf: ({ kind }) => kind,
  schema: z.object({ kind: z.enum(TASK_KINDS), jobId: z.string() }),
};
