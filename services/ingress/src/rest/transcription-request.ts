import { SESSION_LIMITS, type SessionTask, SttError } from '@verbatim/contracts';
import { OPENAI_GRANULARITIES } from '@verbatim/formats';
import { z } from 'zod';
import { parseRequest } from '../parse-request.ts';
import type { FormFields } from './form.ts';

const RESPONSE_FORMATS = ['json', 'text', 'srt', 'verbose_json', 'vtt'] as const;

const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(item));

const wordOf = <const T extends readonly string[]>(words: T) => z.enum(words, `must be one of ${words.join(', ')}`);

/** What OpenAI's clients send with a file, as far as it means something here. */
const transcriptionSchema = z.strictObject({
  model: z.string('is missing').min(1, 'is missing'),
  language: z.string().optional(),
  prompt: z.string().optional(),
  response_format: wordOf(RESPONSE_FORMATS).default('json'),
  temperature: z.coerce.number('must be 0 to 1').min(0, 'must be 0 to 1').max(1, 'must be 0 to 1').default(0),
  stream: wordOf(['true', 'false']).default('false'),
  timestamp_granularities: list(wordOf(OPENAI_GRANULARITIES)).default(['segment']),
});

export type TranscriptionRequest = z.infer<typeof transcriptionSchema>;

/** Settings of OpenAI's own models, which their clients may send along. */
const IGNORED: ReadonlySet<string> = new Set(['chunking_strategy', 'include', 'known_speaker_names', 'user']);

/** @throws SttError `invalid_argument` that names the field. */
export const parseTranscription = (fields: FormFields): TranscriptionRequest => {
  const named = Object.entries(fields).map(([name, value]) => [name.replace(/\[\]$/, ''), value] as const);
  const request = parseRequest(transcriptionSchema, Object.fromEntries(named.filter(([name]) => !IGNORED.has(name))));
  if (request.timestamp_granularities.includes('word') && request.response_format !== 'verbose_json') {
    throw new SttError('invalid_argument', 'Times of words need the response_format verbose_json.', {
      field: 'timestamp_granularities',
    });
  }
  return request;
};

/** OpenAI's names of its models, which programs have written into them: here they are the default model. */
const ALIASES: ReadonlySet<string> = new Set([
  'whisper-1',
  'gpt-4o-transcribe',
  'gpt-4o-mini-transcribe',
  'gpt-transcribe',
]);

/** The fields of the job that a request is. */
export const jobFieldsOf = (
  { model, language, prompt }: TranscriptionRequest,
  task: SessionTask,
): Record<string, string> => ({
  task,
  ...(!ALIASES.has(model) && { model }),
  ...(language && { language }),
  ...(prompt && { prompt: endOfPrompt(prompt) }),
});

/** OpenAI's models look at the last 224 tokens of a prompt, so their clients may send any length. */
const endOfPrompt = (prompt: string): string => {
  if (prompt.length <= SESSION_LIMITS.promptCharacters) return prompt;
  const end = prompt.slice(-SESSION_LIMITS.promptCharacters);
  // Not from the middle of a word, nor of a surrogate pair.
  return end.replace(/^\S{0,40}\s+/, '').replace(/^[\udc00-\udfff]/, '');
};
