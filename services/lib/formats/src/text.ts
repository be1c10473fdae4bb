import { labelOf } from './label.ts';
import type { Segment, Transcript } from './transcript.ts';

/** A pause of this length begins a new paragraph: longer than the breath between two sentences. */
const PARAGRAPH_PAUSE_MS = 2_000;

/**
 * The text alone, one line for each paragraph: what was said between two longer pauses or, where channels were transcribed
 * apart, one speaker's turn behind the label. Empty where nothing was said.
 */
export function formatText({ segments }: Transcript): string {
  return (
    segments.map((segment, index) => `${lead(segments[index - 1], segment)}${segment.text}`).join('') + end(segments)
  );
}

const lead = (before: Segment | undefined, segment: Segment): string => {
  if (before !== undefined && !beginsParagraph(before, segment)) return ' ';
  const label = labelOf(segment.channel);
  return `${before === undefined ? '' : '\n'}${label === '' ? '' : `${label}: `}`;
};

const beginsParagraph = (before: Segment, { channel, startMs }: Segment): boolean =>
  channel === undefined && before.channel === undefined
    ? startMs - before.endMs >= PARAGRAPH_PAUSE_MS
    : channel !== before.channel;

const end = (segments: readonly Segment[]): string => (segments.length === 0 ? '' : '\n');
