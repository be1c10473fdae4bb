import type { JobSpec } from '@verbatim/contracts';
import { clampProgress } from '../job-progress.ts';
import type { JobOutcome, JobRecord, JobReport } from '../ports.ts';

/** How a job's record changes; `now` is the wall clock's time in milliseconds. */

export const queued = (spec: JobSpec, now: number): JobRecord => ({
  spec,
  status: 'queued',
  progress: 0,
  createdAt: now,
  updatedAt: now,
  startedAt: null,
  finishedAt: null,
  epoch: 0,
  owner: null,
  media: null,
  sessions: 0,
  audioSeconds: null,
  warnings: [],
  failure: null,
  webhook: 'none',
});

export const claimed = (record: JobRecord, owner: string, now: number): JobRecord => ({
  ...record,
  status: 'processing',
  owner,
  epoch: record.epoch + 1,
  startedAt: record.startedAt ?? now,
  updatedAt: now,
});

export const reported = (record: JobRecord, report: JobReport, now: number): JobRecord => ({
  ...record,
  progress: Math.max(record.progress, clampProgress(report.progress ?? 0)),
  media: report.media ?? record.media,
  sessions: report.sessions ?? record.sessions,
  updatedAt: now,
});

export const ended = (record: JobRecord, outcome: JobOutcome, now: number): JobRecord => ({
  ...finished(record, now),
  ...outcome,
  progress: outcome.status === 'completed' ? 1 : record.progress,
});

export const cancelled = (record: JobRecord, now: number): JobRecord => ({
  ...finished(record, now),
  status: 'cancelled',
});

const finished = (record: JobRecord, now: number): JobRecord => ({
  ...record,
  owner: null,
  updatedAt: now,
  finishedAt: now,
  webhook: record.spec.webhookUrl === null ? record.webhook : 'pending',
});
