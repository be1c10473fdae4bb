import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { SESSION_LIMITS } from '@verbatim/contracts';
import { z } from 'zod';
import { defaultCacheDir } from './cache-dir.ts';
import { choice, duration, integer, port } from './env.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const WHISPER_SIZES = ['tiny', 'base', 'small', 'medium', 'large'] as const;
export type WhisperSize = (typeof WHISPER_SIZES)[number];

export const DEFAULT_MODEL = 'moonshine-tiny';

/** The catalogue's id of an OpenAI Whisper size; whether that model is in the catalogue is for the catalogue to say. */
export const whisperModelId = (size: WhisperSize): string => `whisper-${size}`;

/** More decode threads than this rarely pay: each holds a copy of the model, and batches get smaller. */
const MOST_DEFAULT_WORKERS = 4;

const variables = z.object({
  /** The model's id in the catalogue. */
  STT_MODEL: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, `must be a model id such as ${DEFAULT_MODEL}`)
    .optional(),
  /** Another way to say STT_MODEL=whisper-<size>. */
  WHISPER_MODEL: choice(WHISPER_SIZES).optional(),
  /** Threads that decode, each with one model in memory. Default: one for each CPU core, at most 4. */
  STREAMING_WORKERS: integer({ min: 1, max: 64 }).optional(),
  LOG_LEVEL: choice(LOG_LEVELS).default('info'),
  /** Address to listen on. Default: this machine only. */
  HOST: z.string().default('127.0.0.1'),
  /** WebSocket, REST and health. */
  PORT: port().default(8000),
  GRPC_PORT: port().default(50051),
  METRICS_PORT: port().default(9090),
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
  /** The least audio before an utterance's first partial. Default: as early as the engine allows. */
  WHISPER_ACCUMULATION_S: duration('s', { min: 0, max: 30 }).optional(),
  /** Live sessions at a time. Default: what the machine is measured to keep up with. */
  MAX_SESSIONS: integer({ min: 1, max: 100_000 }).optional(),
  /** How long a session waits for its client after a lost connection. */
  RESUME_WINDOW_S: duration('s', { min: 0, max: 3_600 }).default(30),
  /** Without audio or keep-alive for this long, a session ends. */
  SESSION_IDLE_TIMEOUT_S: duration('s', { min: 1, max: 86_400 }).default(60),
  SESSION_MAX_DURATION_S: duration('s', { min: 1, max: 604_800 }).default(14_400),
  /** How long a new session waits for a free slot before it is turned away. */
  ADMISSION_WAIT_MS: duration('ms', { min: 0, max: 60_000 }).default(2_000),
  /** Where models are kept. Default: a folder of our own in the user's cache folder. */
  VERBATIM_CACHE_DIR: z.string().optional(),
  /** A folder that holds the model's files, for machines without a registry. */
  VERBATIM_MODEL_SOURCE: z.string().optional(),
  XDG_CACHE_HOME: z.string().optional(),
  LOCALAPPDATA: z.string().optional(),
});

const PORTS = ['PORT', 'GRPC_PORT', 'METRICS_PORT'] as const;

// These rules run also when single variables are wrong, so that the user sees all mistakes at once: a value may be
// anything then.
type Unchecked = Readonly<Record<string, unknown>>;
type Rule = (values: Unchecked) => string | undefined;

const oneModel: Rule = ({ STT_MODEL, WHISPER_MODEL }) => {
  const size = WHISPER_SIZES.find((known) => known === WHISPER_MODEL);
  if (size === undefined || STT_MODEL === undefined || STT_MODEL === whisperModelId(size)) return undefined;
  return `STT_MODEL is "${STT_MODEL}" and WHISPER_MODEL is "${size}", which is the model ${whisperModelId(size)}; set only one of them.`;
};

const distinctPorts: Rule = (values) => {
  const taken = new Map<number, string>();
  for (const name of PORTS) {
    const value = values[name];
    if (typeof value !== 'number' || value === 0) continue;
    const other = taken.get(value);
    if (other !== undefined) return `${other} and ${name} are both ${value}; give each its own port.`;
    taken.set(value, name);
  }
  return undefined;
};

const obeys = (rule: Rule) =>
  [
    (values: Unchecked) => rule(values) === undefined,
    { error: ({ input }: { input?: unknown }) => rule(input as Unchecked), when: () => true },
  ] as const;

/** The settings of the one-process server, by the names of their environment variables. */
export const standaloneSchema = variables
  .refine(...obeys(oneModel))
  .refine(...obeys(distinctPorts))
  .transform(({ XDG_CACHE_HOME, LOCALAPPDATA, WHISPER_MODEL, ...rest }) => ({
    ...rest,
    STT_MODEL: rest.STT_MODEL ?? (WHISPER_MODEL === undefined ? DEFAULT_MODEL : whisperModelId(WHISPER_MODEL)),
    STREAMING_WORKERS: rest.STREAMING_WORKERS ?? Math.min(availableParallelism(), MOST_DEFAULT_WORKERS),
    VERBATIM_CACHE_DIR:
      rest.VERBATIM_CACHE_DIR === undefined
        ? defaultCacheDir({ XDG_CACHE_HOME, LOCALAPPDATA }, process.platform)
        : resolve(rest.VERBATIM_CACHE_DIR),
  }));

/** As read: STT_MODEL is the model that either variable chose, and every default is filled in. */
export type StandaloneConfig = z.output<typeof standaloneSchema>;
