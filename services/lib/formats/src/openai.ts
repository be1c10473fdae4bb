import { deflateSync } from 'node:zlib';
import type { SessionTask } from '@verbatim/contracts';
import type { Segment, Transcript } from './transcript.ts';

// The shapes of OpenAI's POST /v1/audio/transcriptions and /v1/audio/translations as openai-node 6 types them (Transcription,
// TranscriptionVerbose, TranslationVerbose),
// with `task`, which the API sends although its clients do not name it.

export const OPENAI_GRANULARITIES = ['segment', 'word'] as const;
/** What times are given of: `timestamp_granularities`. */
export type OpenaiGranularity = (typeof OPENAI_GRANULARITIES)[number];

/** `response_format: json`. */
export interface OpenaiJson {
  readonly text: string;
}

/** One segment of `verbose_json`; times in seconds. */
export interface OpenaiSegment {
  /** Counts from 0. */
  readonly id: number;
  /** Where the decoder's window began, in frames of 10 ms; here each segment has a window of its own. */
  readonly seek: number;
  readonly start: number;
  readonly end: number;
  /** Begins with a space, as Whisper's tokens do. */
  readonly text: string;
  /** Always empty: what engines emit are not OpenAI's tokens. */
  readonly tokens: readonly number[];
  readonly temperature: number;
  readonly avg_logprob: number;
  readonly compression_ratio: number;
  readonly no_speech_prob: number;
}

/** One word of `verbose_json`; times in seconds. */
export interface OpenaiWord {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** `response_format: verbose_json`. */
export interface OpenaiVerbose {
  readonly task: SessionTask;
  /** That of the text: English name in lower case, such as "english". */
  readonly language: string;
  /** Seconds. */
  readonly duration: number;
  readonly text: string;
  readonly segments?: readonly OpenaiSegment[];
  readonly words?: readonly OpenaiWord[];
}

export interface OpenaiVerboseOptions {
  readonly task: SessionTask;
  /** None: segments. Words alone leave segments out, as OpenAI does. */
  readonly granularities: readonly OpenaiGranularity[];
  /** As the client asked for it; only given back. */
  readonly temperature: number;
}

export const openaiJson = ({ segments }: Transcript): OpenaiJson => ({
  text: segments.map(({ text }) => text).join(' '),
});

/** Words are those that the engine gave times of: an empty list where it gave none. */
export function openaiVerbose(
  transcript: Transcript,
  { task, granularities, temperature }: OpenaiVerboseOptions,
): OpenaiVerbose {
  const { language, durationMs, segments } = transcript;
  const withWords = granularities.includes('word');
  return {
    task,
    language: languageName(language),
    duration: durationMs / 1000,
    ...openaiJson(transcript),
    ...((!withWords || granularities.includes('segment')) && {
      segments: segments.map((segment, index) => openaiSegment(segment, index, temperature)),
    }),
    ...(withWords && { words: segments.flatMap(openaiWords) }),
  };
}

const openaiSegment = (
  { startMs, endMs, text, confidence }: Segment,
  id: number,
  temperature: number,
): OpenaiSegment => ({
  id,
  seek: Math.floor(startMs / 10),
  start: startMs / 1000,
  end: endMs / 1000,
  text: ` ${text}`,
  tokens: [],
  temperature,
  avg_logprob: Math.log(Math.max(confidence, LEAST_CONFIDENCE)),
  compression_ratio: compressionRatio(text),
  no_speech_prob: 0,
});

const openaiWords = ({ words }: Segment): OpenaiWord[] =>
  (words ?? []).map(({ text, startMs, endMs }) => ({ word: text, start: startMs / 1000, end: endMs / 1000 }));

/** Keeps the logarithm of no confidence at all a number, which JSON can hold. */
const LEAST_CONFIDENCE = 1e-6;

/** Bytes of the text over its bytes in zlib format: openai/whisper, whisper/utils.py, compression_ratio. */
const compressionRatio = (text: string): number => {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.length / deflateSync(bytes).length;
};

const NAMES = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' });

/** Where OpenAI's names (openai/whisper, whisper/tokenizer.py, LANGUAGES) are not those of Unicode's CLDR. */
const OPENAI_NAMES: Readonly<Record<string, string>> = {
  bn: 'bengali',
  mi: 'maori',
  my: 'myanmar',
  nn: 'nynorsk',
  tl: 'tagalog',
};

const languageName = (language: string | null): string => {
  const code = language?.split('-')[0]?.toLowerCase();
  if (!code || !/^[a-z]{2,3}$/.test(code)) return 'unknown';
  return OPENAI_NAMES[code] ?? NAMES.of(code)?.toLowerCase() ?? code;
};
