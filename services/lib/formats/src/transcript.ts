import { type Final, msFromSamples, type Samples, type Word } from '@verbatim/contracts';

/** A word with its place in the recording, in milliseconds. */
export interface TranscriptWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  /** 0 to 1. */
  readonly confidence: number;
}

/** The text between two pauses. */
export interface Segment {
  /** Counts from 1. */
  readonly id: number;
  /** Who or what was heard, where channels were transcribed apart. */
  readonly channel?: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
  /** BCP-47. */
  readonly language: string;
  /** 0 to 1. */
  readonly confidence: number;
  /** Absent where the engine gives no times of words. */
  readonly words?: readonly TranscriptWord[];
}

/** What was said in a recording. Every format is made from this. */
export interface Transcript {
  /** Null where a server did not tell which one it used. */
  readonly model: string | null;
  /** BCP-47: that of most of the speech; null where nothing was said and no language was asked for. */
  readonly language: string | null;
  readonly durationMs: number;
  readonly segments: readonly Segment[];
}

export interface TranscriptFacts {
  readonly model: string | null;
  /** What was asked for; finals that say otherwise win. */
  readonly language: string | null;
  readonly audioSeconds: number;
}

/** The transcript of a session: its finals in order, those without text left out. */
export function transcriptOf(finals: readonly Final[], facts: TranscriptFacts): Transcript {
  return transcriptOfSaid(
    finals.filter(isSaid).map((final) => ({ final })),
    facts,
  );
}

/** The finals of one channel, and what it is called. */
export interface ChannelFinals {
  readonly label: string;
  readonly finals: readonly Final[];
}

/**
 * The transcript of channels that were transcribed apart: all their finals in the order in which they begin (channels in
 * their own order where two begin at once), ids counted over all.
 */
export function transcriptOfChannels(channels: readonly ChannelFinals[], facts: TranscriptFacts): Transcript {
  const said = channels.flatMap(({ label, finals }) =>
    finals.filter(isSaid).map((final) => ({ final, channel: label })),
  );
  return transcriptOfSaid(
    said.toSorted((one, other) => one.final.start - other.final.start),
    facts,
  );
}

interface Said {
  readonly final: Final;
  readonly channel?: string;
}

const isSaid = ({ text }: Final): boolean => text.trim() !== '';

const transcriptOfSaid = (said: readonly Said[], facts: TranscriptFacts): Transcript => ({
  model: facts.model,
  language: mostSpoken(said) ?? facts.language,
  durationMs: Math.round(facts.audioSeconds * 1000),
  segments: said.map(({ final, channel }, index) => ({
    id: index + 1,
    ...(channel !== undefined && { channel }),
    startMs: toMs(final.start),
    endMs: toMs(final.end),
    text: final.text.trim(),
    language: final.language,
    confidence: final.confidence,
    ...(final.words && { words: final.words.map(transcriptWord) }),
  })),
});

/** The language of most of the speech, the first of those that have as much; null where nothing was said. */
const mostSpoken = (said: readonly Said[]): string | null => {
  const lengths = new Map<string, Samples>();
  for (const { language, start, end } of said.map(({ final }) => final)) {
    lengths.set(language, (lengths.get(language) ?? 0) + end - start);
  }
  const [first] = [...lengths].toSorted(([, one], [, other]) => other - one);
  return first?.[0] ?? null;
};

const transcriptWord = ({ text, start, end, confidence }: Word): TranscriptWord => ({
  text,
  startMs: toMs(start),
  endMs: toMs(end),
  confidence,
});

const toMs = (samples: Samples): number => Math.round(msFromSamples(samples));
