import { type Final, msFromSamples, type Samples } from '@verbatim/contracts';

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
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
  /** 0 to 1. */
  readonly confidence: number;
  /** Absent where the engine gives no times of words. */
  readonly words?: readonly TranscriptWord[];
}

/** What was said in a recording. Every format is made from this. */
export interface Transcript {
  /** Null where a server did not tell which one it used. */
  readonly model: string | null;
  /** BCP-47; null where nothing was said and no language was asked for. */
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
  const said = finals.filter(({ text }) => text.trim() !== '');
  return {
    model: facts.model,
    language: said[0]?.language ?? facts.language,
    durationMs: Math.round(facts.audioSeconds * 1000),
    segments: said.map((final, index) => ({
      id: index + 1,
      startMs: toMs(final.start),
      endMs: toMs(final.end),
      text: final.text.trim(),
      confidence: final.confidence,
      ...(final.words && {
        words: final.words.map(({ text, start, end, confidence }) => ({
          text,
          startMs: toMs(start),
          endMs: toMs(end),
          confidence,
        })),
      }),
    })),
  };
}

const toMs = (samples: Samples): number => Math.round(msFromSamples(samples));
