/** A word's times in samples at 16 kHz. */
export interface TimedWord {
  readonly text: string;
  start: number;
  end: number;
}

const sampleRate = 16_000;
/** The most that counts as the usual length of a word (OpenAI whisper/timing.py). */
const longestMedian = 0.7 * sampleRate;

const endsSentence = /[.。!！?？]["'”」』)\]}]*$/u;

/**
 * Attention that rests on a pause makes a word begin long before it is spoken. After a sentence, and at the start of the
 * audio, no word is left longer than twice the median (the rules of OpenAI whisper/timing.py, `add_word_timestamps`; those
 * for the ends of sentences are not needed where a word ends before its punctuation; and no word is made to begin earlier
 * here, which theirs do where a pause lies between the first two).
 */
export function shortenLongWords(words: readonly TimedWord[]): void {
  const durations = words.map(durationOf).filter((duration) => duration > 0);
  if (durations.length === 0) return;
  const median = Math.min(longestMedian, medianOf(durations));
  const longest = 2 * median;
  for (const [index, word] of words.entries()) {
    const before = words[index - 1];
    if (before === undefined || durationOf(word) <= longest || !endsSentence.test(before.text)) continue;
    word.start = word.end - longest;
  }
  shortenBeginning(words, median);
}

function shortenBeginning([first, second]: readonly TimedWord[], median: number): void {
  if (first === undefined || first.end <= 4 * median) return;
  const longest = 2 * median;
  const bothLong = second !== undefined && second.end - first.start > 2 * longest;
  if (durationOf(first) <= longest && !bothLong) return;
  if (second !== undefined && durationOf(second) > longest) {
    first.end = second.end - longest;
    second.start = first.end;
  }
  first.start = Math.max(first.start, first.end - longest);
}

function durationOf({ start, end }: TimedWord): number {
  return end - start;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}
