import type { SessionEvent } from '@verbatim/contracts';

/** Whether a transcriber has taken a new session. */
export type Admission = 'waiting' | 'admitted' | 'refused';

export type AdmissionInput = SessionEvent | { readonly type: 'wait_over' } | { readonly type: 'feed_ended' };

/**
 * A session is admitted when its owner says `moved`; the first owner may die at once, so any epoch counts.
 * It is refused when the wait is over or the session closes first; nothing changes after that.
 */
export const nextAdmission = (state: Admission, input: AdmissionInput): Admission => {
  if (state !== 'waiting') return state;
  switch (input.type) {
    case 'moved':
      return 'admitted';
    case 'wait_over':
    case 'feed_ended':
    case 'closed':
      return 'refused';
    default:
      return state;
  }
};
