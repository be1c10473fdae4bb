import type { StandaloneConfig } from '@verbatim/kit';
import { DEFAULT_SESSION_LIMITS, type SessionDefaults, type SessionLimits } from './session/options.ts';

/** The settings that shape sessions. */
export type SessionConfig = Pick<
  StandaloneConfig,
  | 'SAMPLE_RATE'
  | 'CHANNELS'
  | 'VAD_SILENCE_THRESHOLD_MS'
  | 'MAX_UTTERANCE_MS'
  | 'BUFFER_MAX_DURATION_S'
  | 'RESUME_WINDOW_S'
  | 'SESSION_IDLE_TIMEOUT_S'
  | 'SESSION_MAX_DURATION_S'
  | 'ADMISSION_WAIT_MS'
>;

/**
 * The configuration in the words of the doors.
 * @param minChunkMs audio goes into the log in chunks of at least this; each is a message where the bus is a network.
 */
export const sessionSettings = (
  config: SessionConfig,
  minChunkMs: number,
): { readonly defaults: SessionDefaults; readonly limits: SessionLimits } => ({
  defaults: {
    encoding: 'linear16',
    sampleRateHertz: config.SAMPLE_RATE,
    channelCount: config.CHANNELS,
    silenceMs: config.VAD_SILENCE_THRESHOLD_MS,
    maxUtteranceMs: config.MAX_UTTERANCE_MS,
  },
  limits: {
    ...DEFAULT_SESSION_LIMITS,
    minChunkMs,
    bufferMaxSeconds: config.BUFFER_MAX_DURATION_S,
    resumeWindowMs: config.RESUME_WINDOW_S * 1000,
    idleTimeoutMs: config.SESSION_IDLE_TIMEOUT_S * 1000,
    maxDurationMs: config.SESSION_MAX_DURATION_S * 1000,
    admissionWaitMs: config.ADMISSION_WAIT_MS,
  },
});
