import type { WhisperTokenizer } from './tokenizer.ts';

/** Tokens `from` to before `to` of a text, and what they say. */
export interface TokenSpan {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** Scripts that put no spaces between words (OpenAI whisper/tokenizer.py). */
const unspaced = new Set(['zh', 'ja', 'th', 'lo', 'my', 'yue']);

/** Punctuation that belongs to the word after it, and that belongs to the word before it (OpenAI whisper/timing.py). */
const opening = /^[\s"'“¿([{-]+$/u;
const closing = /^["'.。,，!！?？:：”)\]}、]+$/u;

/**
 * Cuts a text's tokens into words: at spaces, or character by character where the script has none, punctuation going with
 * its character. Every token is in just one word, and none is cut inside a character.
 */
export function splitWords(tokenizer: WhisperTokenizer, tokens: readonly number[], language: string): TokenSpan[] {
  const pieces = characterSpans(tokenizer, tokens);
  return unspaced.has(language) ? withPunctuation(pieces) : joinedAtSpaces(pieces);
}

/** The smallest spans of whole characters. */
function characterSpans(tokenizer: WhisperTokenizer, tokens: readonly number[]): TokenSpan[] {
  const spans: TokenSpan[] = [];
  let from = 0;
  for (let to = 1; to <= tokens.length; to++) {
    const text = tokenizer.decode(tokens.slice(from, to));
    // An unfinished character reads as U+FFFD; the last span takes what stays unfinished.
    if (text.endsWith('\uFFFD') && to < tokens.length) continue;
    spans.push({ text, from, to });
    from = to;
  }
  return spans;
}

const joined = (first: TokenSpan, second: TokenSpan): TokenSpan => ({
  text: first.text + second.text,
  from: first.from,
  to: second.to,
});

function joinedAtSpaces(pieces: readonly TokenSpan[]): TokenSpan[] {
  const words: TokenSpan[] = [];
  for (const piece of pieces) {
    const last = words.at(-1);
    if (last === undefined || piece.text.startsWith(' ')) words.push(piece);
    else words[words.length - 1] = joined(last, piece);
  }
  return words;
}

function withPunctuation(words: readonly TokenSpan[]): TokenSpan[] {
  const forward: TokenSpan[] = [];
  for (let index = words.length - 1; index >= 0; index--) {
    const word = words[index]!;
    const next = forward.at(-1);
    if (next !== undefined && opening.test(word.text) && !next.text.startsWith(' '))
      forward[forward.length - 1] = joined(word, next);
    else forward.push(word);
  }
  const merged: TokenSpan[] = [];
  for (const word of forward.reverse()) {
    const last = merged.at(-1);
    if (last !== undefined && closing.test(word.text) && !last.text.endsWith(' '))
      merged[merged.length - 1] = joined(last, word);
    else merged.push(word);
  }
  return merged;
}
