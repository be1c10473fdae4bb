import { cuesOf } from './cues.ts';
import { timestamp } from './timestamp.ts';
import type { Transcript } from './transcript.ts';

/** WebVTT subtitles (W3C WebVTT, which gives "&", "<" and ">" a meaning in a cue's text). */
export function formatVtt({ segments }: Transcript): string {
  const cues = cuesOf(segments).map(({ startMs, endMs, lines }) => {
    const times = `${timestamp(startMs, '.')} --> ${timestamp(endMs, '.')}`;
    return `\n${times}\n${lines.map(escaped).join('\n')}\n`;
  });
  return `WEBVTT\n${cues.join('')}`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
