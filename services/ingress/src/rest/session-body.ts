import { msFromSamples } from '@verbatim/contracts';
import type { SessionRecord } from '@verbatim/sessions';

/** What is known of a session, but for its text. */
export const sessionBody = (record: SessionRecord) => ({
  session_id: record.spec.sessionId,
  status: record.status,
  close_reason: record.closeReason,
  model: record.spec.model,
  language: record.spec.language,
  task: record.spec.task,
  opened_at: new Date(record.openedAt).toISOString(),
  updated_at: new Date(record.updatedAt).toISOString(),
  committed_ms: Math.round(msFromSamples(record.cursor)),
  final_count: record.nextSequence - 1,
});
