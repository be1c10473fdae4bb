import { type AudioFormat, JOB_STATUSES, type JobStatus } from '@verbatim/contracts';
import type { JsonTranscript } from '@verbatim/formats';
import { count, listOf, nullOr, number, object, oneOf, optional, type Shape, string } from '../shape.ts';
import { moment } from './moment.ts';

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

const word = object({ text: string, start: number, end: number, confidence: number });

const segment = object({
  id: count,
  channel: optional(string),
  start: number,
  end: number,
  text: string,
  language: string,
  confidence: number,
  words: optional(listOf(word)),
});

const result: Shape<JsonTranscript> = object({
  model: nullOr(string),
  language: nullOr(string),
  duration: number,
  text: string,
  segments: listOf(segment),
});

const audio = object({
  container: string,
  codec: string,
  sampleRateHertz: count,
  channelCount: count,
  duration: nullOr(number),
});

export const readJob: Shape<Job> = object({
  jobId: string,
  status: oneOf(JOB_STATUSES),
  progress: number,
  model: string,
  task: string,
  fileName: nullOr(string),
  fileBytes: count,
  channels: string,
  createdAt: moment,
  startedAt: nullOr(moment),
  finishedAt: nullOr(moment),
  audio: nullOr(audio),
  warnings: listOf(string),
  webhook: string,
  error: optional(object({ code: string, message: string })),
  result: optional(result),
});
