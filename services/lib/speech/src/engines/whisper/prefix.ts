import type { DecodeTask } from '../engine.ts';
import type { Marks, WhisperTokenizer } from './tokenizer.ts';

/** Prompt and context together: half of the decoder's positions less one (OpenAI whisper/decoding.py). */
const mostPromptTokens = 223;
/** What was said just before helps with names; more of it costs time and invites repetition. */
const mostContextTokens = 48;

export interface PrefixWishes {
  /** Words to expect. */
  readonly prompt: string;
  /** Text that came just before. */
  readonly context: string;
  /** Whisper's own code; ignored by a model of English alone. */
  readonly language: string;
  readonly task: DecodeTask;
}

/** What a decode begins with, and where in it the start mark stands. */
export interface Prefix {
  readonly tokens: readonly number[];
  readonly start: number;
}

/** @throws Error for a language or a task that the model does not know. */
export function prefixOf(tokenizer: WhisperTokenizer, wishes: PrefixWishes): Prefix {
  const { marks } = tokenizer;
  const before = marks.previous === undefined ? [] : promptTokens(tokenizer, wishes);
  const previous = before.length === 0 ? [] : [marks.previous!, ...before];
  return { tokens: [...previous, marks.start, ...orders(marks, wishes), marks.noTimestamps], start: previous.length };
}

function orders({ languages, transcribe, translate }: Marks, { language, task }: PrefixWishes): number[] {
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

/** The user's words first, then the end of the context: what is nearest to the audio comes last. */
function promptTokens(tokenizer: WhisperTokenizer, { prompt, context }: PrefixWishes): number[] {
  const encode = (text: string): number[] => (text.trim() === '' ? [] : tokenizer.encode(` ${text.trim()}`));
  const asked = encode(prompt).slice(-mostPromptTokens);
  const room = Math.min(mostContextTokens, mostPromptTokens - asked.length);
  return room === 0 ? asked : [...asked, ...encode(context).slice(-room)];
}
