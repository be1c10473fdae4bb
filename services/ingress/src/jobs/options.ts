import type { Bus } from '@verbatim/bus';
import type { Clock, SttError } from '@verbatim/contracts';
import type { Logger } from '@verbatim/kit';
import type { JobStore, SessionStore } from '@verbatim/sessions';
import type { ModelList } from '../session/options.ts';
import type { JobDefaults } from './job-request.ts';

/** The limits that hold for every upload. */
export interface JobLimits {
  /** Bytes of one file. */
  readonly maxUploadBytes: number;
  /** Uploads at a time. */
  readonly maxUploads: number;
  /** Milliseconds without a byte after which an upload is given up. */
  readonly uploadIdleMs: number;
  /** Jobs that may wait for a media worker. */
  readonly maxQueuedJobs: number;
}

/** What the doors count of jobs. Every hook is optional. */
export interface JobMetrics {
  created?(): void;
  /** A file was taken in. */
  uploaded?(bytes: number): void;
  refused?(code: SttError['code']): void;
  cancelled?(): void;
}

export interface JobDeps {
  readonly bus: Pick<Bus, 'audio' | 'claims' | 'events' | 'tasks' | 'objects' | 'notices'>;
  /** Holds the text of jobs: each channel is a session. */
  readonly store: SessionStore;
  readonly jobs: JobStore;
  readonly models: ModelList;
  readonly defaults: JobDefaults;
  readonly limits: JobLimits;
  /** Whether every kind of file can be decoded, or WAV and PCM alone as this machine has no ffmpeg. */
  readonly decodes: 'everything' | 'wav';
  /** Checks the address of a webhook; null where this server sends none. @throws SttError `invalid_argument`. */
  readonly checkWebhook: ((url: string) => void) | null;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: JobMetrics;
}
