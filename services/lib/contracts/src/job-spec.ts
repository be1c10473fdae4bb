import { z } from 'zod';
import type { ErrorCode } from './errors.ts';
import { newId } from './ids.ts';
import type { AudioFormat, SessionTask } from './session-spec.ts';

export const CHANNEL_MODES = ['mix', 'separate'] as const;
/** What becomes of several channels: one transcript of all mixed, or one of each, as where each speaker has a channel. */
export type ChannelMode = (typeof CHANNEL_MODES)[number];

/** Channels that can be transcribed apart. */
export const MAX_CHANNELS = 8;

/** A file as it was uploaded. */
export interface Upload {
  /** Where the object store has it. */
  readonly objectKey: string;
  /** As the client named it; for people only, never a path. */
  readonly fileName: string | null;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** One file to transcribe, as every part of the product knows it. Made once, by a door, and never changed. */
export interface JobSpec {
  readonly jobId: string;
  readonly tenant: string;
  readonly model: string;
  /** BCP-47 primary subtag in lower case; null: the model's own or detected. */
  readonly language: string | null;
  readonly task: SessionTask;
  readonly prompt: string;
  /** Milliseconds of silence that end an utterance. */
  readonly silenceMs: number;
  readonly maxUtteranceMs: number;
  readonly channels: ChannelMode;
  /** Names of the channels transcribed apart, in order; those beyond its end are named by number. */
  readonly channelLabels: readonly string[];
  /** How samples are coded in a file without header; null: the file says so itself. */
  readonly rawFormat: AudioFormat | null;
  readonly upload: Upload;
  /** Is told when the job is finished; null: nobody. */
  readonly webhookUrl: string | null;
  /** Kept out of lists: the job is part of a call that its client waits for. */
  readonly hidden: boolean;
}

/** What is known of a file once it was looked into. */
export interface MediaInfo {
  /** Such as "mp3" or "mov,mp4,m4a"; as ffprobe names it. */
  readonly container: string;
  /** Such as "aac". */
  readonly codec: string;
  /** As the file announces it; null where it does not. */
  readonly durationSeconds: number | null;
  readonly sampleRateHertz: number;
  readonly channelCount: number;
}

/** Why a job failed: a stable code and a sentence for people. */
export interface JobFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A new, unguessable job id. Job ids are session ids, too: the same letters, room for a channel's number behind them. */
export const newJobId = (): string => newId('j');

/** The session that transcribes one channel of a job (0: the first, or all of them mixed). */
export const jobSessionId = (jobId: string, channel: number): string => `${jobId}-${channel}`;

const count = z.number().int().nonnegative();

/** What is known of a file, as it comes from a store. */
export const mediaInfoSchema: z.ZodType<MediaInfo> = z.object({
  container: z.string(),
  codec: z.string(),
  durationSeconds: z.number().nullable(),
  sampleRateHertz: count,
  channelCount: count,
});
