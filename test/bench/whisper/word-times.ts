import { SAMPLE_RATE, type Samples } from '@verbatim/contracts';
import type { SpeechRuntime } from '@verbatim/speech';
import { normaliseWords } from '../../support/normalise-words.ts';
import { align } from '../../support/word-alignment.ts';
import { type Clip, joinPcm } from '../corpus.ts';
import { quantile, sum } from '../statistics.ts';
import { fixed, formatTable } from '../table.ts';
import type { FasterWhisper } from './references.ts';

export interface TimeErrors {
  readonly words: number;
  /** Milliseconds, absolute. */
  readonly meanStart: number | null;
  readonly p90Start: number | null;
  readonly meanEnd: number | null;
  readonly p90End: number | null;
}

export interface WordTimesResult {
  /** Against faster-whisper's times of the same words. */
  readonly againstFasterWhisper: TimeErrors | null;
  /** First words' starts and last words' ends, against the sound itself. */
  readonly atEdges: TimeErrors;
  /** What faster-whisper's are at the same edges. */
  readonly fasterWhisperAtEdges: TimeErrors | null;
}

interface Timed {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

const LONGEST_SECONDS = 15;
const SILENCE: Samples = SAMPLE_RATE;

export async function compareWordTimes(
  runtime: SpeechRuntime,
  clips: readonly Clip[],
  other: FasterWhisper | null,
  signal: AbortSignal,
): Promise<WordTimesResult> {
  const againstOther: (readonly [Timed, Timed])[] = [];
  const edges: (readonly [Timed, Timed])[] = [];
  const otherEdges: (readonly [Timed, Timed])[] = [];
  for (const clip of clips.filter(({ seconds }) => seconds <= LONGEST_SECONDS)) {
    signal.throwIfAborted();
    // With silence around it, so that words may be placed too early or too late.
    const pcm16 = joinPcm([new Int16Array(SILENCE), clip.pcm16, new Int16Array(SILENCE)]);
    const { words = [] } = await runtime.decode(pcm16, { language: 'en', thorough: true });
    const ours = words.flatMap(({ text, start, end }) => timed(text, start / SAMPLE_RATE, end / SAMPLE_RATE));
    const truth = {
      word: '',
      start: (SILENCE + clip.bounds.start) / SAMPLE_RATE,
      end: (SILENCE + clip.bounds.end) / SAMPLE_RATE,
    };
    if (ours.length > 0) edges.push([truth, around(ours)]);
    if (other === null) continue;
    const answer = await other.transcribe(pcm16, 'en', true);
    const theirs = answer.words.flatMap(([word, start, end]) => timed(word, start, end));
    if (theirs.length > 0) otherEdges.push([truth, around(theirs)]);
    againstOther.push(...sameWords(theirs, ours));
  }
  return {
    againstFasterWhisper: other && errorsOf(againstOther),
    atEdges: errorsOf(edges),
    fasterWhisperAtEdges: other && errorsOf(otherEdges),
  };
}

const around = (words: readonly Timed[]): Timed => ({ word: '', start: words[0]!.start, end: words.at(-1)!.end });

/** A word that reads as one in the comparison; others, such as numbers written in digits, are left out. */
function timed(text: string, start: number, end: number): Timed[] {
  const [word, ...more] = normaliseWords(text);
  return word === undefined || more.length > 0 ? [] : [{ word, start, end }];
}

function sameWords(reference: readonly Timed[], found: readonly Timed[]): (readonly [Timed, Timed])[] {
  const pairs: (readonly [Timed, Timed])[] = [];
  let [r, f] = [0, 0];
  for (const pair of align(
    reference.map(({ word }) => word),
    found.map(({ word }) => word),
  )) {
    if (pair.reference !== null && pair.reference === pair.hypothesis) pairs.push([reference[r]!, found[f]!]);
    if (pair.reference !== null) r++;
    if (pair.hypothesis !== null) f++;
  }
  return pairs;
}

function errorsOf(pairs: readonly (readonly [Timed, Timed])[]): TimeErrors {
  const starts = pairs.map(([reference, found]) => 1000 * Math.abs(reference.start - found.start));
  const ends = pairs.map(([reference, found]) => 1000 * Math.abs(reference.end - found.end));
  const mean = (values: readonly number[]) => (values.length === 0 ? null : sum(values) / values.length);
  return {
    words: pairs.length,
    ...{ meanStart: mean(starts), p90Start: quantile(starts, 0.9), meanEnd: mean(ends), p90End: quantile(ends, 0.9) },
  };
}

export function printWordTimes(result: WordTimesResult, print: (text: string) => void): void {
  print('WORD TIMES: absolute difference in milliseconds');
  const row = (name: string, errors: TimeErrors | null): (string | number | null)[] =>
    errors === null
      ? [name, '-', '-', '-', '-', '-']
      : [
          name,
          String(errors.words),
          ...[errors.meanStart, errors.p90Start, errors.meanEnd, errors.p90End].map((value) => fixed(value, 0)),
        ];
  print(
    formatTable(
      ['', 'words', 'start mean', 'start p90', 'end mean', 'end p90'],
      [
        row('to faster-whisper’s times', result.againstFasterWhisper),
        row('clip’s first and last word to the sound', result.atEdges),
        row('faster-whisper’s to the sound', result.fasterWhisperAtEdges),
      ],
    ),
  );
}
