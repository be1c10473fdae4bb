import { FORMATTERS, type Format, jsonTranscript, type Transcript, transcriptOf } from '@verbatim/formats';
import type { SaidFinal } from './talk.ts';

/** What was said, in a format. */
export const talkAs = (finals: readonly SaidFinal[], format: Format): string => {
  const transcript = transcriptOfTalk(finals);
  if (format === 'json') return `${JSON.stringify(jsonTranscript(transcript), null, 2)}\n`;
  return FORMATTERS[format](transcript);
};

const transcriptOfTalk = (finals: readonly SaidFinal[]): Transcript =>
  transcriptOf(finals, { model: null, language: null, audioSeconds: (finals.at(-1)?.end ?? 0) / 16_000 });

/** "Talk 2026-11-26 14.05", the name of a talk's file without its ending; colons are not allowed everywhere. */
export const talkName = (began: Date): string => {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${began.getFullYear()}-${two(began.getMonth() + 1)}-${two(began.getDate())}`;
  return `Talk ${day} ${two(began.getHours())}.${two(began.getMinutes())}`;
};
