import type { Corpus } from '../bench/corpus.ts';
import { seededRandom } from '../bench/random.ts';
import { mixedTrack, type Track } from '../bench/track.ts';

/** Long enough for a fault in the midst of a session, short enough for many sessions. */
const SECONDS = { min: 20, max: 40 };
const CLIP_SECONDS = { min: 1, max: 12 };
/** More speech than in a conversation: silence has nothing to lose. */
const SPEECH_SHARE = 0.6;

/** What the sessions say: clips with pauses, another order for each track; the same seed gives the same samples. */
export function chaosTracks({ clips }: Corpus, count: number, seed: number): Track[] {
  const fitting = clips.filter(({ seconds }) => seconds >= CLIP_SECONDS.min && seconds <= CLIP_SECONDS.max);
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const seconds = SECONDS.min + (SECONDS.max - SECONDS.min) * random();
    return mixedTrack(fitting, { seconds, speechShare: SPEECH_SHARE, seed: Math.floor(random() * 2 ** 32) });
  });
}
