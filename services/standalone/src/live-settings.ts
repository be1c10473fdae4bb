import { systemClock } from '@verbatim/contracts';
import { DEFAULT_SESSION_LIMITS, type SessionDeps } from '@verbatim/ingress';
import type { Logger, StandaloneConfig } from '@verbatim/kit';
import type { Embedded } from './embedded.ts';

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

/** What the doors need to open sessions on an embedded engine. */
export function sessionDeps(config: SessionConfig, { bus, store, model }: Embedded, log: Logger): SessionDeps {
  return {
    bus,
    store,
    models: { default: model.id, list: [{ id: model.id, languages: model.languages }] },
    defaults: {
      encoding: 'linear16',
      sampleRateHertz: config.SAMPLE_RATE,
      channelCount: config.CHANNELS,
      silenceMs: config.VAD_SILENCE_THRESHOLD_MS,
      maxUtteranceMs: config.MAX_UTTERANCE_MS,
    },
    limits: {
      ...DEFAULT_SESSION_LIMITS,
      // Here a chunk is a function call, not a message, so it need not wait to be worth one.
      minChunkMs: 20,
      bufferMaxSeconds: config.BUFFER_MAX_DURATION_S,
      resumeWindowMs: config.RESUME_WINDOW_S * 1000,
      idleTimeoutMs: config.SESSION_IDLE_TIMEOUT_S * 1000,
      maxDurationMs: config.SESSION_MAX_DURATION_S * 1000,
      admissionWaitMs: config.ADMISSION_WAIT_MS,
    },
    clock: systemClock,
    log,
  };
}
