import type { Segment, Transcript } from './transcript.ts';

/** A pause of this length begins a new paragraph: longer than the breath between two sentences. */
const PARAGRAPH_PAUSE_MS = 2_000;

/** The text alone: one line for each paragraph. Empty where nothing was said. */
export function formatText({ segments }: Transcript): string {
  return (
    segments.map((segment, index) => `${separator(segments[index - 1], segment)}${segment.text}`).join('') +
    end(segments)
  );
}

const separator = (before: Segment | undefined, segment: Segment): string => {
  if (before === undefined) return '';
  return segment.startMs - before.endMs >= PARAGRAPH_PAUSE_MS ? '\n' : ' ';
};

const end = (segments: readonly Segment[]): string => (segments.length === 0 ? '' : '\n');
