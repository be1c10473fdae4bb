import { ingressSchema, readConfig } from '@verbatim/kit';
import { describe, expect, it } from 'vitest';
import { sessionSettings } from './session-settings.ts';

describe('the settings of sessions', () => {
  it('are the configuration in the units of the doors', () => {
    const config = readConfig(ingressSchema, {
      SAMPLE_RATE: '8000',
      CHANNELS: '2',
      VAD_SILENCE_THRESHOLD_MS: '700',
      MAX_UTTERANCE_MS: '9000',
      BUFFER_MAX_DURATION_S: '4',
      RESUME_WINDOW_S: '1.5',
      SESSION_IDLE_TIMEOUT_S: '11',
      SESSION_MAX_DURATION_S: '12',
      ADMISSION_WAIT_MS: '13',
    });
    expect(sessionSettings(config, 40)).toEqual({
      defaults: {
        encoding: 'linear16',
        sampleRateHertz: 8_000,
        channelCount: 2,
        silenceMs: 700,
        maxUtteranceMs: 9_000,
      },
      limits: expect.objectContaining({
        minChunkMs: 40,
        bufferMaxSeconds: 4,
        resumeWindowMs: 1_500,
        idleTimeoutMs: 11_000,
        maxDurationMs: 12_000,
        admissionWaitMs: 13,
      }),
    });
  });
});
