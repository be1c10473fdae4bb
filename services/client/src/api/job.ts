import { type AudioFormat, JOB_STATUSES, type JobStatus } from '@verbatim/contracts';
import type { JsonTranscript } from '@verbatim/formats';
import * as z from 'zod/mini';
import { moment } from './fields.ts';

/** What a job may be asked for, in the spelling of the API; every field is optional. */
export interface JobFields {
  readonly model?: string;
  /** BCP-47 tag. */
  readonly language?: string;
  readonly task?: 'transcribe' | 'translate';
  /** Words to expect. */
  readonly prompt?: string;
  readonly channels?: 'mix' | 'separate';
  /** With commas between. */
  readonly channel_labels?: string;
  readonly silence_ms?: number;
  readonly max_utterance_ms?: number;
  readonly webhook_url?: string;
  /** For audio without a header, with the two below. */
  readonly encoding?: AudioFormat['encoding'];
  readonly sample_rate_hertz?: number;
  readonly channel_count?: number;
}

/** What a job's file holds. */
export interface JobAudio {
  readonly container: string;
  readonly codec: string;
  readonly sampleRateHertz: number;
  readonly channelCount: number;
  /** Seconds; null where the file does not say. */
  readonly duration: number | null;
}

/** A file to transcribe. */
export interface Job {
  readonly jobId: string;
  readonly status: JobStatus;
  /** 0 to 1: the share of the audio whose text is known. */
  readonly progress: number;
  readonly model: string;
  readonly task: string;
  readonly fileName: string | null;
  readonly fileBytes: number;
  /** "mix", or "separate" where each channel is transcribed apart. */
  readonly channels: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Null until somebody has looked. */
  readonly audio: JobAudio | null;
  /** What was odd about the file. */
  readonly warnings: readonly string[];
  /** How its webhook is: "none", "pending", "delivered", "failed". */
  readonly webhook: string;
  /** Why it failed. */
  readonly error?: { readonly code: string; readonly message: string };
  /** Its text, once it is completed. Times in seconds. */
  readonly result?: JsonTranscript;
}

const word = z.object({ text: z.string(), start: z.number(), end: z.number(), confidence: z.number() });

const segment = z.object({
  id: z.int(),
  channel: z.exactOptional(z.string()),
  start: z.number(),
  end: z.number(),
  text: z.string(),
  language: z.string(),
  confidence: z.number(),
  words: z.exactOptional(z.array(word)),
});

const result: z.ZodMiniType<JsonTranscript> = z.object({
  model: z.nullable(z.string()),
  language: z.nullable(z.string()),
  duration: z.number(),
  text: z.string(),
  segments: z.array(segment),
});

const audio = z.object({
  container: z.string(),
  codec: z.string(),
  sampleRateHertz: z.int(),
  channelCount: z.int(),
  duration: z.nullable(z.number()),
});

export const jobSchema: z.ZodMiniType<Job> = z.object({
  jobId: z.string(),
  status: z.enum(JOB_STATUSES),
  progress: z.number(),
  model: z.string(),
  task: z.string(),
  fileName: z.nullable(z.string()),
  fileBytes: z.int(),
  channels: z.string(),
  createdAt: moment,
  startedAt: z.nullable(moment),
  finishedAt: z.nullable(moment),
  audio: z.nullable(audio),
  warnings: z.array(z.string()),
  webhook: z.string(),
  error: z.exactOptional(z.object({ code: z.string(), message: z.string() })),
  result: z.exactOptional(result),
});
