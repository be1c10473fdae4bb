/** Share of a session's time with speech in it: one side of a conversation. */
const SPEECH_SHARE = 0.5;
/**
 * Share of the workers' time that decoding all speech once may take. The rest is for speculative decodes in vain, for
 * partials, which thin themselves out, and for the other threads of the process. On two cores that decode a second of
 * speech in 17.5 ms this gives 64 sessions; measured there (npm run bench -- scale): 70 at a p95 of 686 ms from the end
 * of speech to the final, 1.86 cores in use.
 */
const FINALS_SHARE = 0.28;
/**
 * The speed that this share was measured at, in seconds of a worker's time for a second of speech. A final waits for a
 * decode that is under way, and both take as long as the engine does: with a slower one, less of the workers' time may be
 * in use for finals to be as timely. whisper-base at 45 ms gives 9 sessions in this way; measured there: 8 at a p95 of
 * 937 ms, 10 at 1109 ms.
 */
const MEASURED_SPEED = 0.0175;

/**
 * Live sessions that `workers` decode workers carry: each second of speech is decoded once for a final (and once more
 * where a speculative final was in vain, which the share left to partials covers).
 */
export function estimateSlots(
  measured: { readonly audioSeconds: number; readonly decodeMs: number },
  workers: number,
): number {
  const workerSecondsPerSpeechSecond = measured.decodeMs / 1000 / measured.audioSeconds;
  const share = FINALS_SHARE * Math.min(1, MEASURED_SPEED / workerSecondsPerSpeechSecond);
  return Math.max(1, Math.floor((workers * share) / (SPEECH_SHARE * workerSecondsPerSpeechSecond)));
}
