import { SAMPLE_RATE, type Samples, samplesFromMs } from '@verbatim/contracts';
import { type Clip, joinPcm } from './corpus.ts';
import { nearSilence, seededRandom, shuffled } from './random.ts';

/** A clip's place on a track, in samples from the track's beginning. */
export interface TrackItem {
  readonly clip: Clip;
  /** The middle of the pauses around the clip: what is said between them belongs to it. */
  readonly from: Samples;
  readonly to: Samples;
  readonly speechStart: Samples;
  readonly speechEnd: Samples;
}

/** What one session sends: clips with pauses around them. */
export interface Track {
  readonly pcm16: Int16Array;
  readonly items: readonly TrackItem[];
  /** Speech, pauses inside clips included, as a share of the whole. */
  readonly speechShare: number;
}

export interface TrackOptions {
  readonly seconds: number;
  /** Wanted share of speech, 0 to 1. */
  readonly speechShare: number;
  readonly seed: number;
}

/** Long enough to end an utterance and to show its final before the next clip. */
const MIN_PAUSE: Samples = samplesFromMs(1_200);

/** One clip with pauses of given lengths before and after. */
export function singleTrack(clip: Clip, beforeMs: number, afterMs: number, seed: number): Track {
  return layOut([clip], [samplesFromMs(beforeMs), samplesFromMs(afterMs)], seededRandom(seed));
}

/**
 * Clips in an order of chance until the share of speech is reached, with pauses of chance between them, so that
 * sessions with other seeds speak at other times. The same options give the same samples.
 */
export function mixedTrack(clips: readonly Clip[], { seconds, speechShare, seed }: TrackOptions): Track {
  const random = seededRandom(seed);
  const length = Math.round(seconds * SAMPLE_RATE);
  const chosen = chooseClips(shuffled(clips, random), length, speechShare * length);
  const spare = length - chosen.reduce((total, { pcm16 }) => total + pcm16.length, 0) - MIN_PAUSE * (chosen.length + 1);
  const weights = Array.from({ length: chosen.length + 1 }, random);
  const allWeights = weights.reduce((total, weight) => total + weight, 0);
  const pauses = weights.map((weight) => MIN_PAUSE + Math.floor((spare * weight) / allWeights));
  return layOut(chosen, pauses, random);
}

/** Takes clips, from the beginning again if need be, as long as speech and pauses fit. */
function chooseClips(order: readonly Clip[], length: Samples, speech: Samples): Clip[] {
  const chosen: Clip[] = [];
  let lengthLeft = length - MIN_PAUSE;
  let speechLeft = speech;
  const fits = ({ pcm16, bounds }: Clip) =>
    pcm16.length + MIN_PAUSE <= lengthLeft && bounds.end - bounds.start <= speechLeft;
  while (order.some(fits)) {
    for (const clip of order) {
      if (!fits(clip)) continue;
      chosen.push(clip);
      lengthLeft -= clip.pcm16.length + MIN_PAUSE;
      speechLeft -= clip.bounds.end - clip.bounds.start;
    }
  }
  return chosen;
}

/** `pauses` has one length more than there are clips: before, between and after them. */
function layOut(clips: readonly Clip[], pauses: readonly Samples[], random: () => number): Track {
  const parts: Int16Array[] = [nearSilence(pauses[0] ?? 0, random)];
  const items: TrackItem[] = [];
  let at = pauses[0] ?? 0;
  for (const [index, clip] of clips.entries()) {
    const before = pauses[index] ?? 0;
    const after = pauses[index + 1] ?? 0;
    const end = at + clip.pcm16.length;
    items.push({
      clip,
      from: index === 0 ? 0 : at - Math.floor(before / 2),
      to: index === clips.length - 1 ? end + after : end + Math.ceil(after / 2),
      speechStart: at + clip.bounds.start,
      speechEnd: at + clip.bounds.end,
    });
    parts.push(clip.pcm16, nearSilence(after, random));
    at = end + after;
  }
  const speech = items.reduce((total, { speechStart, speechEnd }) => total + speechEnd - speechStart, 0);
  return { pcm16: joinPcm(parts), items, speechShare: at === 0 ? 0 : speech / at };
}
