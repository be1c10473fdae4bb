import { SAMPLE_RATE } from '@verbatim/contracts';

export type Music = 'chords' | 'melody' | 'drums';

const BEAT_SECONDS = 0.5;
/** A turn of four chords, in semitones from A at 220 Hz. */
const CHORDS = [
  [3, 7, 10],
  [-2, 2, 5],
  [0, 3, 7],
  [-4, 0, 3],
];
const MELODY = [12, 10, 8, 7, 8, 10, 12, 15, 14, 12, 10, 7, 8, 5, 7, 3];

const hertz = (semitones: number): number => 220 * 2 ** (semitones / 12);

/** A plucked tone with six overtones, `at` seconds after it was struck. */
function pluck(semitones: number, at: number): number {
  let sum = 0;
  for (let overtone = 1; overtone <= 6; overtone++) {
    sum += (Math.sin(2 * Math.PI * hertz(semitones) * overtone * at) * Math.exp(-2.5 * overtone * at)) / overtone;
  }
  return sum;
}

/** A drum machine's bar: low thuds on one and three, bursts of hiss on two and four. */
function drum(beat: number, at: number, sample: number): number {
  if (beat % 2 === 0) return Math.sin(2 * Math.PI * (50 + 80 * Math.exp(-30 * at)) * at) * Math.exp(-8 * at);
  const hiss = Math.sin(12_345.678 * sample * sample);
  return hiss * Math.exp(-18 * at);
}

/** Simple music without a voice. */
export function music(kind: Music, seconds: number): Int16Array {
  return Int16Array.from({ length: seconds * SAMPLE_RATE }, (_, sample) => {
    const time = sample / SAMPLE_RATE;
    const beat = Math.floor(time / BEAT_SECONDS);
    const at = time - beat * BEAT_SECONDS;
    if (kind === 'drums') return 12_000 * drum(beat, at, sample);
    if (kind === 'melody') return 6_000 * pluck(MELODY[beat % MELODY.length]!, at);
    const chord = CHORDS[Math.floor(beat / 4) % CHORDS.length]!;
    return 3_500 * chord.reduce((sum, note) => sum + pluck(note, at), 0);
  });
}
