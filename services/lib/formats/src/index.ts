import { formatSrt } from './srt.ts';
import { formatText } from './text.ts';
import type { Transcript } from './transcript.ts';
import { formatVtt } from './vtt.ts';

export { type JsonSegment, type JsonTranscript, jsonTranscript } from './json.ts';
export {
  OPENAI_GRANULARITIES,
  type OpenaiGranularity,
  type OpenaiJson,
  type OpenaiSegment,
  type OpenaiVerbose,
  type OpenaiVerboseOptions,
  type OpenaiWord,
  openaiJson,
  openaiVerbose,
} from './openai.ts';
export {
  type ChannelFinals,
  type Segment,
  type Transcript,
  type TranscriptFacts,
  type TranscriptWord,
  transcriptOf,
  transcriptOfChannels,
} from './transcript.ts';

export const FORMATS = ['text', 'json', 'srt', 'vtt'] as const;
export type Format = (typeof FORMATS)[number];

/** The formats that are text for people; JSON is a value first (jsonTranscript). */
export const FORMATTERS: Readonly<Record<Exclude<Format, 'json'>, (transcript: Transcript) => string>> = {
  text: formatText,
  srt: formatSrt,
  vtt: formatVtt,
};
