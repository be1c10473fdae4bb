import { SESSION_LIMITS } from '@verbatim/contracts';
import { duration, integer } from '../env.ts';

/** How long a session lives without its client; from these a transcriber knows when nobody will come back to it. */
export const patienceVariables = {
  /** How long a session waits for its client after a lost connection. */
  RESUME_WINDOW_S: duration('s', { min: 0, max: 3_600 }).default(30),
  /** Without audio or keep-alive for this long, a session ends. */
  SESSION_IDLE_TIMEOUT_S: duration('s', { min: 1, max: 86_400 }).default(60),
};

/** What the doors give and grant to sessions. */
export const sessionVariables = {
  ...patienceVariables,
  /** For sessions that name no rate, in hertz. */
  SAMPLE_RATE: integer({ ...SESSION_LIMITS.sampleRateHertz, unit: 'hertz' }).default(16_000),
  /** For sessions that name no number of channels. */
  CHANNELS: integer(SESSION_LIMITS.channelCount).default(1),
  /** Silence that ends an utterance, for sessions that name none. */
  VAD_SILENCE_THRESHOLD_MS: duration('ms', SESSION_LIMITS.silenceMs).default(500),
  /** Utterances are cut at a pause before they get longer than this, for sessions that name no limit. */
  MAX_UTTERANCE_MS: duration('ms', SESSION_LIMITS.maxUtteranceMs).default(15_000),
  /** How far decoding may fall behind before the client is held back or audio is dropped. */
  BUFFER_MAX_DURATION_S: duration('s', { min: 1, max: 60 }).default(5),
  SESSION_MAX_DURATION_S: duration('s', { min: 1, max: 604_800 }).default(14_400),
  /** How long a new session waits for a free slot before it is turned away. */
  ADMISSION_WAIT_MS: duration('ms', { min: 0, max: 60_000 }).default(2_000),
};
