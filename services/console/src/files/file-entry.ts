import type { Job, JobFields } from '@verbatim/client';
import { isFinished } from '@verbatim/contracts';

/** A file on the page, and how far it is. Never changes: what happens to a file makes a new entry. */
export interface FileEntry {
  /** Of this page only. */
  readonly id: string;
  /** Goes up with each file: those that came first are sent first. */
  readonly turn: number;
  readonly name: string;
  readonly bytes: number;
  /** Null after the page was loaded again, until somebody chooses the file again. */
  readonly file: File | null;
  /** Seconds, as the browser found it; null where it could not. */
  readonly length: number | null;
  readonly fields: JobFields;
  /** Of its upload: sent again with the same one, it makes no second job. */
  readonly idempotencyKey: string;
  readonly state: FileState;
  /** What was last asked for and did not work, in words. */
  readonly problem: string | null;
}

export type FileState =
  /** Waits until others are sent. */
  | { readonly kind: 'waiting' }
  /** `share` of its bytes have left. */
  | { readonly kind: 'uploading'; readonly share: number }
  /** The server has no room: sent again by itself after `seconds`. */
  | { readonly kind: 'delayed'; readonly why: string; readonly seconds: number }
  /** The server does not have it. */
  | { readonly kind: 'unsent'; readonly why: string; readonly again: Again }
  /** Cancelled before the server had it. */
  | { readonly kind: 'stopped' }
  /** The server had it before the page was loaded, and has not said yet how it is. */
  | { readonly kind: 'asking'; readonly jobId: string }
  | { readonly kind: 'unreached'; readonly jobId: string; readonly why: string }
  | { readonly kind: 'known'; readonly job: Job }
  /** The server has forgotten it. */
  | { readonly kind: 'expired'; readonly jobId: string };

/** How a file that could not be sent may be tried again: the same upload, a new one, or not at all. */
export type Again = 'same' | 'new' | 'no';

/** The job that the server has of a file; null while it has none. */
export const jobIdOf = ({ state }: FileEntry): string | null => {
  if (state.kind === 'known') return state.job.jobId;
  return 'jobId' in state ? state.jobId : null;
};

/** Whether something is under way that can be cancelled. */
export const isUnderWay = ({ state }: FileEntry): boolean =>
  state.kind === 'known'
    ? !isFinished(state.job.status)
    : state.kind === 'waiting' || state.kind === 'uploading' || state.kind === 'delayed';

/** How a file may be sent again. Only what is still at hand can be. */
export const againOf = ({ file, state }: FileEntry): Again => {
  if (file === null) return 'no';
  switch (state.kind) {
    case 'unsent':
      return state.again;
    case 'stopped':
    case 'expired':
      return 'new';
    case 'known':
      return state.job.status === 'cancelled' ? 'new' : 'no';
    default:
      return 'no';
  }
};

/** Length in seconds: as the server found it, else as the browser did; null where nobody knows. */
export const lengthOf = ({ state, length }: FileEntry): number | null =>
  (state.kind === 'known' ? (state.job.result?.duration ?? state.job.audio?.duration) : null) ?? length;
