import { SESSION_LIMITS } from '@verbatim/contracts';
import { z } from 'zod';
import { duration, integer } from '../env.ts';

/** A Standard Webhooks secret: at least 24 bytes, as base64 behind "whsec_". */
const WEBHOOK_SECRET = /^whsec_(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Webhooks, which the doors take and media workers tell. */
export const webhookVariables = {
  /** Signs what webhooks are told; without it jobs may name none. */
  WEBHOOK_SECRET: z
    .string()
    .regex(
      WEBHOOK_SECRET,
      'must be "whsec_" and at least 24 random bytes as base64; make one with: echo whsec_$(openssl rand -base64 32)',
    )
    .optional(),
  /** Hosts, addresses and networks (CIDR) that webhooks may go to although they are not public, with commas between. */
  WEBHOOK_ALLOW: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .default([]),
};

/** What the doors take as files. */
export const uploadVariables = {
  MAX_UPLOAD_MB: integer({ min: 1, max: 1_048_576, unit: 'megabytes' }).default(2_048),
  /** Uploads at a time; more are told to come back. */
  MAX_UPLOADS: integer({ min: 1, max: 10_000 }).default(32),
  /** An upload of which nothing comes for this long is given up. */
  UPLOAD_IDLE_TIMEOUT_S: duration('s', { min: 1, max: 3_600 }).default(30),
  /** Jobs that may wait; with more, new ones are told to come back. */
  MAX_QUEUED_JOBS: integer({ min: 1, max: 1_000_000 }).default(1_000),
  /** Silence that ends an utterance of a file, for jobs that name none: a file can wait for the rest of a sentence. */
  FILE_SILENCE_MS: duration('ms', SESSION_LIMITS.silenceMs).default(1_500),
};

/** How files are decoded. */
export const decodeVariables = {
  /** The longest audio of a file. */
  MAX_AUDIO_S: duration('s', { min: 1, max: 604_800 }).default(28_800),
  /** Address space of one ffmpeg. */
  FFMPEG_MEMORY_MB: integer({ min: 512, max: 65_536, unit: 'megabytes' }).default(1_024),
  /** Where files lie while they are decoded: a tmpfs, so that no audio meets a disk. Default: /dev/shm where it is one. */
  SPOOL_DIR: z.string().optional(),
};
