import { cuesOf } from './cues.ts';
import { labelOf, shortLabel } from './label.ts';
import { timestamp } from './timestamp.ts';
import type { Transcript } from './transcript.ts';

/** Characters of a label in a subtitle: more would leave too little of its line. */
const MOST_LABEL = 16;

/**
 * SubRip subtitles. It has no word for speakers: where they change, the cue begins with the label. Cues never overlap,
 * because many players show only one at a time.
 */
export function formatSrt({ segments }: Transcript): string {
  const indent = Math.max(0, ...segments.map(({ channel }) => prefixOf(channel).length));
  const cues = cuesOf(segments, indent);
  return cues
    .map(({ startMs, endMs, lines, channel }, index) => {
      const times = `${timestamp(startMs, ',')} --> ${timestamp(endMs, ',')}`;
      const prefix = channel === cues[index - 1]?.channel ? '' : prefixOf(channel);
      return `${index + 1}\n${times}\n${prefix}${lines.join('\n')}\n`;
    })
    .join('\n');
}

const prefixOf = (channel: string | undefined): string => {
  const label = shortLabel(labelOf(channel), MOST_LABEL);
  return label === '' ? '' : `${label}: `;
};
