import { cuesOf } from './cues.ts';
import { timestamp } from './timestamp.ts';
import type { Transcript } from './transcript.ts';

/** SubRip subtitles. */
export function formatSrt({ segments }: Transcript): string {
  return cuesOf(segments)
    .map(({ startMs, endMs, lines }, index) => {
      const times = `${timestamp(startMs, ',')} --> ${timestamp(endMs, ',')}`;
      return `${index + 1}\n${times}\n${lines.join('\n')}\n`;
    })
    .join('\n');
}
