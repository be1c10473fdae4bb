import type { SessionTask } from '@verbatim/contracts';
import type { Task } from './generated/verbatim/stt/v1/Task.ts';

/** Tasks in the words of the public API. */
export const TASK = {
  transcribe: 'TASK_TRANSCRIBE',
  translate: 'TASK_TRANSLATE',
} as const satisfies Record<SessionTask, Task>;
