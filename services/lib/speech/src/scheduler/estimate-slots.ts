/** Share of a session's time with speech in it: one side of a conversation. */
const SPEECH_SHARE = 0.5;
/** Workers' time that finals may take; the rest is for partials, which thin themselves out. */
const FINALS_SHARE = 0.5;

/**
 * Live sessions that `workers` decode workers carry: each second of speech is decoded once for a final (and once more
 * where a speculative final was in vain, which the share left to partials covers).
 */
export function estimateSlots(
  measured: { readonly audioSeconds: number; readonly decodeMs: number },
  workers: number,
): number {
  const workerSecondsPerSpeechSecond = measured.decodeMs / 1000 / measured.audioSeconds;
  return Math.max(1, Math.floor((workers * FINALS_SHARE) / (SPEECH_SHARE * workerSecondsPerSpeechSecond)));
}
