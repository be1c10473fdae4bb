import type { DecodeTask } from '../engine.ts';
import type { Marks, WhisperTokenizer } from './tokenizer.ts';

/** Prompt and context together: half of the decoder's positions less one (OpenAI whisper/decoding.py). */
const mostPromptTokens = 223;
/** What was said just before helps with names; more of it costs time and invites repetition. */
const mostContextTokens = 48;

/** What a decode begins with, and where in it the start mark stands. */
export interface Prefix {
  readonly tokens: readonly number[];
  readonly start: number;
}

/** Tokens of a prefix beside those of its prompt: four marks, and one more before a prompt. */
export const prefixMarks = 5;

/**
 * @param prompt tokens of text that is not of this audio.
 * @param language Whisper's own code; a model of English alone ignores it.
 * @throws Error for a language or a task that the model does not know.
 */
export function prefixOf(marks: Marks, prompt: readonly number[], language: string, task: DecodeTask): Prefix {
  const previous = prompt.length === 0 || marks.previous === undefined ? [] : [marks.previous, ...prompt];
  const tokens = [...previous, marks.start, ...orders(marks, language, task), marks.noTimestamps];
  return { tokens, start: previous.length };
}

function orders({ languages, transcribe, translate }: Marks, language: string, task: DecodeTask): number[] {
  if (languages.size === 0) {
    if (task === 'translate') throw new Error('a Whisper model of English alone can not translate');
    return [];
  }
  const spoken = languages.get(language);
  const wanted = task === 'translate' ? translate : transcribe;
  if (spoken === undefined) throw new Error(`this Whisper model does not know the language "${language}"`);
  if (wanted === undefined) throw new Error(`this Whisper model can not ${task}`);
  return [spoken, wanted];
}

/**
 * The tokens of what a decode is to know beforehand: the words to expect first, then the end of the context, since what is
 * nearest to the audio comes last.
 */
export function promptTokens(tokenizer: WhisperTokenizer, prompt: string, context: string): number[] {
  const encode = (text: string): number[] => (text.trim() === '' ? [] : tokenizer.encode(` ${text.trim()}`));
  const asked = encode(prompt).slice(-mostPromptTokens);
  const room = Math.min(mostContextTokens, mostPromptTokens - asked.length);
  return room === 0 ? asked : [...asked, ...encode(context).slice(-room)];
}
