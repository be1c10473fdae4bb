import type { Segment } from './transcript.ts';

/** The smallest part of a text that a subtitle keeps together: a word with its punctuation, or a cut of a longer one. */
export interface Piece {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Whether a space stands before it: not before the later cuts of one long word. */
  readonly spaced: boolean;
}

/**
 * A segment's text as pieces of at most `longest` UTF-16 units, in order. Times come from the engine's words where they make
 * up the text, however it is spaced; otherwise the segment's time is shared out by characters.
 */
export function piecesOf(segment: Segment, longest: number): Piece[] {
  const cuts = wordsOf(segment.text).flatMap((word) =>
    cutsOf(word, longest).map((text, cut) => ({ text, spaced: cut === 0 })),
  );
  const moments = momentsOf(timed(segment));
  let characters = 0;
  return cuts.map(({ text, spaced }) => {
    const startMs = moments.begins[characters]!;
    characters += squeezed(text).length;
    return { text, startMs, endMs: moments.ends[characters - 1]!, spaced };
  });
}

/** A mark that stands alone, as in French, belongs to the word before it. */
const BETWEEN_WORDS = /\s+(?![?!:;»]+(?:\s|$))/u;

const wordsOf = (text: string): string[] => text.trim().split(BETWEEN_WORDS);

const squeezed = (text: string): string => text.replace(/\s+/g, '');

/** A stretch of text without spaces, through which time passes evenly. */
interface Stretch {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Stretches that together are the segment's text without its spaces: an engine's word may hold several of the text's (in
 * French a question mark has a space before it), or one of the text's many of the engine's (Chinese has no spaces).
 */
const timed = (segment: Segment): Stretch[] => {
  const whole = squeezed(segment.text);
  const words = (segment.words ?? []).map((word) => ({ ...word, text: squeezed(word.text) }));
  if (words.map(({ text }) => text).join('') === whole) return words;
  return [{ text: whole, startMs: segment.startMs, endMs: segment.endMs }];
};

/** When each UTF-16 unit of the stretches begins and ends. */
const momentsOf = (stretches: readonly Stretch[]): { readonly begins: number[]; readonly ends: number[] } => {
  const begins: number[] = [];
  const ends: number[] = [];
  for (const { text, startMs, endMs } of stretches) {
    const perCharacter = (endMs - startMs) / text.length;
    for (let character = 0; character < text.length; character++) {
      begins.push(startMs + character * perCharacter);
      ends.push(character === text.length - 1 ? endMs : startMs + (character + 1) * perCharacter);
    }
  }
  return { begins, ends };
};

/** Text without spaces, as in Chinese or Japanese, is cut behind its own punctuation where it has any. */
const INNER_BREAK = /(?<=[、。，！？；：,;!?…—])/u;

const cutsOf = (word: string, longest: number): string[] => {
  if (word.length <= longest) return [word];
  const cuts: string[] = [];
  for (const part of word.split(INNER_BREAK)) {
    const last = cuts.at(-1);
    if (last !== undefined && last.length + part.length <= longest) cuts[cuts.length - 1] = last + part;
    else cuts.push(...hardCuts(part, longest));
  }
  return cuts.map((cut) => cut.trim()).filter((cut) => cut !== '');
};

/** Never inside a surrogate pair. */
const hardCuts = (text: string, longest: number): string[] => {
  const cuts: string[] = [];
  let cut = '';
  for (const character of text) {
    if (cut !== '' && cut.length + character.length > longest) {
      cuts.push(cut);
      cut = '';
    }
    cut += character;
  }
  return [...cuts, cut];
};
