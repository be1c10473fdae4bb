import type { Segment, Transcript, TranscriptWord } from './transcript.ts';

/** A segment as JSON has it; times in seconds with a precision of a millisecond. */
export interface JsonSegment {
  readonly id: number;
  /** Where channels were transcribed apart. */
  readonly channel?: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly language: string;
  readonly confidence: number;
  readonly words?: readonly { text: string; start: number; end: number; confidence: number }[];
}

/** A transcript as JSON has it; times in seconds with a precision of a millisecond. */
export interface JsonTranscript {
  readonly model: string | null;
  readonly language: string | null;
  readonly duration: number;
  readonly text: string;
  readonly segments: readonly JsonSegment[];
}

/** The value that is written as JSON. */
export function jsonTranscript({ model, language, durationMs, segments }: Transcript): JsonTranscript {
  return {
    model,
    language,
    duration: durationMs / 1000,
    text: segments.map(({ text }) => text).join(' '),
    segments: segments.map(jsonSegment),
  };
}

const jsonSegment = ({ id, channel, startMs, endMs, text, language, confidence, words }: Segment): JsonSegment => ({
  id,
  ...(channel !== undefined && { channel }),
  start: startMs / 1000,
  end: endMs / 1000,
  text,
  language,
  confidence: toThousandths(confidence),
  ...(words && { words: words.map(jsonWord) }),
});

const jsonWord = ({ text, startMs, endMs, confidence }: TranscriptWord) => ({
  text,
  start: startMs / 1000,
  end: endMs / 1000,
  confidence: toThousandths(confidence),
});

const toThousandths = (value: number): number => Math.round(value * 1000) / 1000;
