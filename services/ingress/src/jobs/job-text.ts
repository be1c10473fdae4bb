import { type Final, jobSessionId } from '@verbatim/contracts';
import {
  type JsonSegment,
  jsonTranscript,
  type Transcript,
  transcriptOf,
  transcriptOfChannels,
} from '@verbatim/formats';
import type { JobRecord, SessionStore } from '@verbatim/sessions';

/** The name of a channel that is transcribed apart: its label, or its number counted from 1. */
const channelLabel = ({ spec }: JobRecord, channel: number): string =>
  spec.channelLabels[channel] ?? `channel ${channel + 1}`;

/** The finals of each of the job's channels, after the last one that is known of it. */
const finalsOf = (
  job: JobRecord,
  store: Pick<SessionStore, 'finals'>,
  known: readonly number[],
): Promise<readonly (readonly Final[])[]> =>
  Promise.all(
    Array.from({ length: job.sessions }, (_, channel) =>
      store.finals(jobSessionId(job.spec.jobId, channel), known[channel] ?? 0),
    ),
  );

/** What the file says, as far as it is known: the whole of it once the job is completed. */
export const transcriptOfJob = async (job: JobRecord, store: Pick<SessionStore, 'finals'>): Promise<Transcript> => {
  const { model, channels } = job.spec;
  const language = job.spec.task === 'translate' ? 'en' : job.spec.language;
  const facts = { model, language, audioSeconds: job.audioSeconds ?? job.media?.durationSeconds ?? 0 };
  const finals = await finalsOf(job, store, []);
  if (channels === 'mix') return transcriptOf(finals[0] ?? [], facts);
  return transcriptOfChannels(
    finals.map((each, channel) => ({ label: channelLabel(job, channel), finals: each })),
    facts,
  );
};

/** Segments of text that are new, of one channel. */
export interface NewText {
  /** Null where channels are mixed. */
  readonly channel: string | null;
  readonly segments: readonly JsonSegment[];
}

/** Follows the text of a job as it grows: each segment comes once, each channel's in order. */
export class JobTextReader {
  readonly #store: Pick<SessionStore, 'finals'>;
  /** Sequence of the last final read of each channel, and the segments that they made. */
  readonly #read: number[] = [];
  readonly #segments: number[] = [];

  constructor(store: Pick<SessionStore, 'finals'>) {
    this.#store = store;
  }

  /** What is new since the last call. */
  async next(job: JobRecord): Promise<readonly NewText[]> {
    const channels = await finalsOf(job, this.#store, this.#read);
    return channels.map((finals, channel) => {
      const before = this.#segments[channel] ?? 0;
      const segments = segmentsOf(finals).map((segment) => ({ ...segment, id: before + segment.id }));
      this.#read[channel] = finals.at(-1)?.sequence ?? this.#read[channel] ?? 0;
      this.#segments[channel] = before + segments.length;
      return { channel: job.spec.channels === 'separate' ? channelLabel(job, channel) : null, segments };
    });
  }
}

const segmentsOf = (finals: readonly Final[]): readonly JsonSegment[] =>
  jsonTranscript(transcriptOf(finals, { model: null, language: null, audioSeconds: 0 })).segments;
