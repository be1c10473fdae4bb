import { cuesBesideEachOther } from './cues.ts';
import { labelOf } from './label.ts';
import { timestamp } from './timestamp.ts';
import type { Transcript } from './transcript.ts';

/**
 * WebVTT subtitles (W3C WebVTT, which gives "&", "<" and ">" a meaning in a cue's text). Channels are voices; cues of
 * different ones may overlap, and players then show both.
 */
export function formatVtt({ segments }: Transcript): string {
  const cues = cuesBesideEachOther(segments).map(({ startMs, endMs, lines, channel }) => {
    const times = `${timestamp(startMs, '.')} --> ${timestamp(endMs, '.')}`;
    return `\n${times}\n${voiced(lines.map(escaped).join('\n'), channel)}\n`;
  });
  return `WEBVTT\n${cues.join('')}`;
}

const voiced = (text: string, channel: string | undefined): string => {
  const label = labelOf(channel);
  return label === '' ? text : `<v ${escaped(label)}>${text}</v>`;
};

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
