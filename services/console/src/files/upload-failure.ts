import { ApiError, ClientError } from '@verbatim/client';
import type { FileState } from './file-entry.ts';

/** What becomes of a file whose upload failed. */
export const afterUploadFailure = (error: unknown): FileState => {
  if (error instanceof ApiError) {
    const { status, message, retryAfterMs } = error;
    if (retryAfterMs !== undefined) return { kind: 'delayed', why: message, seconds: Math.ceil(retryAfterMs / 1000) };
    return { kind: 'unsent', why: message, again: status >= 500 ? 'new' : 'no' };
  }
  if (error instanceof ClientError) return { kind: 'unsent', why: error.message, again: 'same' };
  return { kind: 'unsent', why: `The page failed: ${String(error)}`, again: 'new' };
};
