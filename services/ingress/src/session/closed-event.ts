import { type Closed, secondsFromSamples } from '@verbatim/contracts';
import type { SessionRecord } from '@verbatim/sessions';

/** What the owner of a closed session said last, from its record: for those who did not hear it. */
export const closedEvent = (record: SessionRecord): Closed => ({
  type: 'closed',
  reason: record.closeReason ?? 'failed',
  audioSeconds: secondsFromSamples(record.cursor),
  finals: record.nextSequence - 1,
});
