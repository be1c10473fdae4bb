import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { defaultCacheDir } from '../cache-dir.ts';
import { choice, duration, integer } from '../env.ts';
import type { Rule } from './rule.ts';

/** What WHISPER_MODEL may be: OpenAI's own names of its sizes, and those of the distilled ones. */
export const WHISPER_SIZES = [
  'tiny',
  'base',
  'small',
  'medium',
  'large',
  'turbo',
  'tiny.en',
  'base.en',
  'small.en',
  'medium.en',
  'large-v2',
  'large-v3',
  'large-v3-turbo',
  'distil-small.en',
  'distil-medium.en',
  'distil-large-v3',
  'distil-large-v3.5',
] as const;
export type WhisperSize = (typeof WHISPER_SIZES)[number];

export const DEFAULT_MODEL = 'moonshine-tiny';

/** OpenAI's names for its latest models. */
const LATEST: Partial<Record<WhisperSize, string>> = { large: 'whisper-large-v3', turbo: 'whisper-large-v3-turbo' };

/** The catalogue's id of a Whisper size; whether that model is in the catalogue is for the catalogue to say. */
export const whisperModelId = (size: WhisperSize): string =>
  LATEST[size] ?? (size.startsWith('distil-') ? size : `whisper-${size}`);

/** More decode threads than this rarely pay: each holds a copy of the model, and batches get smaller. */
const MOST_DEFAULT_WORKERS = 4;

export const MODEL_ID = /^[a-z0-9][a-z0-9.-]{0,63}$/;

export const modelVariables = {
  /** The model's id in the catalogue. */
  STT_MODEL: z.string().regex(MODEL_ID, `must be a model id such as ${DEFAULT_MODEL}`).optional(),
  /** Another way to say STT_MODEL=whisper-<size> or STT_MODEL=distil-<size>. */
  WHISPER_MODEL: choice(WHISPER_SIZES).optional(),
};

const isFolderOrAddress = (source: string): boolean => !source.includes('://') || /^https?:\/\//i.test(source);

export const engineVariables = {
  ...modelVariables,
  /** Threads that decode, each with one model in memory. Default: one for each CPU core, at most 4. */
  STREAMING_WORKERS: integer({ min: 1, max: 64 }).optional(),
  /** The least audio before an utterance's first partial. Default: as early as the engine allows. */
  WHISPER_ACCUMULATION_S: duration('s', { min: 0, max: 30 }).optional(),
  /** Live sessions at a time. Default: what the machine is measured to keep up with. */
  MAX_SESSIONS: integer({ min: 1, max: 100_000 }).optional(),
  /** Sessions of files at a time, beside the live ones, which come first. */
  WORKER_CONCURRENCY: integer({ min: 0, max: 1_024 }).default(4),
  /** Where models are kept. Default: a folder of our own in the user's cache folder. */
  VERBATIM_CACHE_DIR: z.string().optional(),
  /** A folder that holds the model's files, for machines without a network, or a mirror of the Hugging Face hub. */
  VERBATIM_MODEL_SOURCE: z
    .string()
    .refine(isFolderOrAddress, 'must be a folder, or the address of a mirror that starts with http:// or https://')
    .optional(),
  /** Where other programs too look for a mirror of the Hugging Face hub. VERBATIM_MODEL_SOURCE goes before it. */
  HF_ENDPOINT: z
    .string()
    .regex(/^https?:\/\//i, 'must be an address that starts with http:// or https://')
    .optional(),
  XDG_CACHE_HOME: z.string().optional(),
  LOCALAPPDATA: z.string().optional(),
};

export const oneModel: Rule = ({ STT_MODEL, WHISPER_MODEL }) => {
  const size = WHISPER_SIZES.find((known) => known === WHISPER_MODEL);
  if (size === undefined || STT_MODEL === undefined) return undefined;
  if (STT_MODEL === whisperModelId(size) || STT_MODEL === `whisper-${size}`) return undefined;
  return `STT_MODEL is "${STT_MODEL}" and WHISPER_MODEL is "${size}", which is the model ${whisperModelId(size)}; set only one of them.`;
};

interface ModelChoice {
  readonly STT_MODEL?: string | undefined;
  readonly WHISPER_MODEL?: WhisperSize | undefined;
}

/** The model that either variable chose; undefined if neither did. */
export const chosenModel = ({ STT_MODEL, WHISPER_MODEL }: ModelChoice): string | undefined =>
  STT_MODEL ?? (WHISPER_MODEL && whisperModelId(WHISPER_MODEL));

interface EngineChoice extends ModelChoice {
  readonly STREAMING_WORKERS?: number | undefined;
  readonly VERBATIM_CACHE_DIR?: string | undefined;
  readonly VERBATIM_MODEL_SOURCE?: string | undefined;
  readonly HF_ENDPOINT?: string | undefined;
  readonly XDG_CACHE_HOME?: string | undefined;
  readonly LOCALAPPDATA?: string | undefined;
}

/** `values` with the engine's defaults filled in: STT_MODEL is the model that either variable chose. */
export const withEngineDefaults = <T extends EngineChoice>(values: T) => {
  const { XDG_CACHE_HOME, LOCALAPPDATA, WHISPER_MODEL, HF_ENDPOINT, ...rest } = values;
  return {
    ...(HF_ENDPOINT !== undefined && { VERBATIM_MODEL_SOURCE: HF_ENDPOINT }),
    ...rest,
    STT_MODEL: chosenModel(values) ?? DEFAULT_MODEL,
    STREAMING_WORKERS: rest.STREAMING_WORKERS ?? Math.min(availableParallelism(), MOST_DEFAULT_WORKERS),
    VERBATIM_CACHE_DIR:
      rest.VERBATIM_CACHE_DIR === undefined
        ? defaultCacheDir({ XDG_CACHE_HOME, LOCALAPPDATA }, process.platform)
        : resolve(rest.VERBATIM_CACHE_DIR),
  };
};
