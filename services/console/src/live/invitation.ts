import type { Phase } from './live-talk.ts';

/** What stands where the words will be, while there are none. */
export const INVITATIONS: Readonly<Record<Phase, string>> = {
  idle: 'Press Start and speak',
  starting: 'One moment',
  live: 'Speak now',
  stopping: 'Finishing',
  overdue: 'Finishing',
};
