import { setTimeout as elapsed } from 'node:timers/promises';

/**
 * grpc-js cancels a call by a half-close and then a reset, which may come a moment later. What the end of the messages
 * brings about can't be taken back, so one that is only a half-close waits this long for the reset.
 */
const GRACE_MS = 100;

/** Whether a half-close is what it looks like; false if the call turns out to be cancelled. */
export const isRealHalfClose = async (cancelled: AbortSignal): Promise<boolean> => {
  await elapsed(GRACE_MS, null, { signal: cancelled }).catch(() => {});
  return !cancelled.aborted;
};
