import type { SessionEvent } from '@verbatim/contracts';
import { SupersedingQueue } from './superseding-queue.ts';

/**
 * Events on their way to one slow reader. A newer partial replaces an unread one of the same utterance, a final removes
 * the unread partials of its utterance, progress replaces progress; every other event is kept. The rest is bounded by
 * its reader's patience: a door compares `size` with its limit and tells a client that never reads.
 */
export class EventQueue extends SupersedingQueue<SessionEvent> {
  constructor() {
    super(supersedesEvent);
  }
}

const supersedesEvent = (newer: SessionEvent, older: SessionEvent): boolean => {
  switch (newer.type) {
    case 'partial':
    case 'final':
      return older.type === 'partial' && older.utterance === newer.utterance;
    case 'progress':
      return older.type === 'progress';
    default:
      return false;
  }
};
