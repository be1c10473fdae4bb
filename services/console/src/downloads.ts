import type { Format } from '@verbatim/formats';

interface Download {
  /** For people. */
  readonly name: string;
  /** Of the file's name. */
  readonly ending: string;
  /** Media type. */
  readonly type: string;
}

/** How each format is offered. */
export const DOWNLOADS: Readonly<Record<Format, Download>> = {
  text: { name: 'Text', ending: 'txt', type: 'text/plain' },
  srt: { name: 'SRT', ending: 'srt', type: 'application/x-subrip' },
  vtt: { name: 'WebVTT', ending: 'vtt', type: 'text/vtt' },
  json: { name: 'JSON', ending: 'json', type: 'application/json' },
};

/** The name of a transcript, after the recording that it is of: "talk.srt" for "talk.mp3". */
export const downloadName = (recording: string, format: Format): string =>
  `${recording.replace(/(?<=.)\.[^.\s]{1,5}$/, '')}.${DOWNLOADS[format].ending}`;
