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
 * A segment's text as pieces of at most `longest` UTF-16 units, in order. Times come from the engine's words where it
 * gave one for each word of the text; otherwise the segment's time is shared out by characters.
 */
export function piecesOf(segment: Segment, longest: number): Piece[] {
  const words = segment.text.split(/\s+/).filter((word) => word !== '');
  const timed = segment.words?.length === words.length ? segment.words : sharedOut(words, segment);
  return words.flatMap((text, index) => {
    const { startMs, endMs } = timed[index]!;
    const cuts = cutsOf(text, longest);
    return sharedOut(cuts, { startMs, endMs }).map((times, cut) => ({ text: cuts[cut]!, ...times, spaced: cut === 0 }));
  });
}

interface Times {
  readonly startMs: number;
  readonly endMs: number;
}

const sharedOut = (texts: readonly string[], { startMs, endMs }: Times): Times[] => {
  const total = texts.reduce((sum, text) => sum + text.length, 0);
  const perCharacter = (endMs - startMs) / Math.max(1, total);
  let characters = 0;
  return texts.map((text) => {
    const start = startMs + characters * perCharacter;
    characters += text.length;
    return { startMs: start, endMs: startMs + characters * perCharacter };
  });
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
  return cuts;
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
