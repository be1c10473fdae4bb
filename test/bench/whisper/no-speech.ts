import { SAMPLE_RATE } from '@verbatim/contracts';
import { NOISES, noise } from '../../support/noise.ts';
import type { Clip } from '../corpus.ts';
import { finalText } from '../server-events.ts';
import { streamUnpaced } from '../stream.ts';
import { formatTable } from '../table.ts';
import { type Music, music } from './music.ts';

export interface HeardInNothing {
  readonly sound: string;
  readonly text: string;
}

export interface CutSpeech {
  readonly what: string;
  readonly pieces: number;
  /** Texts with a group of words three times in a row or more that was not said so. */
  readonly loops: readonly string[];
  /** Texts of pieces that are longer than what can be said in that time. */
  readonly tooLong: readonly string[];
}

export interface NoSpeechResult {
  readonly inNothing: readonly HeardInNothing[];
  readonly sounds: number;
  readonly cut: readonly CutSpeech[];
}

const MINUTE = 60;
const LEVELS_DB = [-50, -30, -15, -3];
const PIECES = 60;
/** Nobody says more words a second, nor as many in a moment. */
const wordsIn = (seconds: number): number => 2 + 6 * seconds;

/** What a live stream makes of sounds without speech, of very short speech and of speech that is cut in the midst of a word. */
export async function hearNothing(wsUrl: string, clips: readonly Clip[], signal: AbortSignal): Promise<NoSpeechResult> {
  const sounds: [string, Int16Array][] = [['silence', new Int16Array(MINUTE * SAMPLE_RATE)]];
  for (const name of Object.keys(NOISES)) {
    for (const level of LEVELS_DB) sounds.push([`${name}, ${level} dB`, noise(name, level, MINUTE)]);
  }
  for (const kind of ['chords', 'melody', 'drums'] satisfies Music[]) sounds.push([kind, music(kind, MINUTE)]);
  const textOf = async (pcm16: Int16Array) => finalText((await streamUnpaced(wsUrl, pcm16, signal)).heard);
  const inNothing: HeardInNothing[] = [];
  for (const [sound, pcm16] of sounds) {
    const text = await textOf(pcm16);
    if (text !== '') inNothing.push({ sound, text });
  }
  const judge = async (what: string, pieces: readonly Int16Array[]): Promise<CutSpeech> => {
    const loops: string[] = [];
    const tooLong: string[] = [];
    for (const piece of pieces) {
      const text = await textOf(piece);
      if (repeats(text)) loops.push(text);
      if (text.split(/\s+/u).length > wordsIn(piece.length / SAMPLE_RATE)) tooLong.push(text);
    }
    return { what, pieces: pieces.length, loops, tooLong };
  };
  const whole = clips.filter(({ seconds }) => seconds <= 30);
  return {
    inNothing,
    sounds: sounds.length,
    cut: [
      await judge(
        'whole clips',
        whole.map(({ pcm16 }) => pcm16),
      ),
      await judge('0.2 to 1 s of speech', shortPieces(whole)),
      await judge('begun and ended inside a word', cutPieces(whole)),
    ],
  };
}

/** Every piece from the midst of speech, 0.2 to 1 s long. */
function shortPieces(clips: readonly Clip[]): Int16Array[] {
  return Array.from({ length: PIECES }, (_, i) => {
    const { pcm16, bounds } = clips[i % clips.length]!;
    const length = Math.round((0.2 + (0.8 * i) / PIECES) * SAMPLE_RATE);
    const from = Math.round(bounds.start + ((bounds.end - bounds.start) * (1 + (i % 7))) / 9);
    return pcm16.slice(from, from + length);
  });
}

/** Three quarters of a clip, from a loud moment on to a loud moment. */
function cutPieces(clips: readonly Clip[]): Int16Array[] {
  return clips.map(({ pcm16, bounds }) => {
    const span = bounds.end - bounds.start;
    return pcm16.slice(loudest(pcm16, bounds.start + span / 8), loudest(pcm16, bounds.end - span / 8));
  });
}

/** The loudest 20 ms within a quarter of a second. */
function loudest(pcm16: Int16Array, near: number): number {
  const frame = SAMPLE_RATE / 50;
  let best = Math.round(near);
  let most = -1;
  for (let from = Math.round(near); from < near + SAMPLE_RATE / 4; from += frame) {
    let power = 0;
    for (const sample of pcm16.subarray(from, from + frame)) power += sample * sample;
    if (power > most) [most, best] = [power, from];
  }
  return best;
}

function repeats(text: string): boolean {
  const words = text.toLocaleLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
  for (let size = 1; size <= 6; size++) {
    // One word said three times, such as "words, words, words", is speech; five times is not.
    const times = size === 1 ? 5 : 3;
    for (let from = 0; from + size * times <= words.length; from++) {
      const group = words.slice(from, from + size).join(' ');
      const same = Array.from({ length: times }, (_, i) =>
        words.slice(from + i * size, from + (i + 1) * size).join(' '),
      );
      if (same.every((each) => each === group)) return true;
    }
  }
  return false;
}

export function printNoSpeech({ inNothing, sounds, cut }: NoSpeechResult, print: (text: string) => void): void {
  print(`NO SPEECH, live: a minute each of ${sounds} sounds; ${inNothing.length} gave text`);
  for (const { sound, text } of inNothing) print(`  ${sound}: ${text}`);
  print(
    formatTable(
      ['speech', 'pieces', 'loops', 'longer than can be said'],
      cut.map(({ what, pieces, loops, tooLong }) => [what, pieces, loops.length, tooLong.length]),
    ),
  );
  for (const { what, loops, tooLong } of cut) for (const text of [...loops, ...tooLong]) print(`  ${what}: ${text}`);
}
