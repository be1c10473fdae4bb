/** The limits of a session's settings, the same at every door. */
export const SESSION_LIMITS = {
  sampleRateHertz: { min: 8_000, max: 48_000 },
  channelCount: { min: 1, max: 8 },
  silenceMs: { min: 100, max: 5_000 },
  maxUtteranceMs: { min: 2_000, max: 30_000 },
  promptCharacters: 1_000,
} as const;
