import { SAMPLE_RATE } from '@verbatim/contracts';

/** A repeatable random source (mulberry32, Tommy Ettinger): uniform in [-1, 1). */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

type Generator = (sample: number) => number;

function pink(): Generator {
  // Voss-McCartney: a sum of sources, each renewed half as often as the one before.
  const random = randomSource(2);
  const rows = new Float64Array(12);
  return (sample) => {
    rows.forEach((_, row) => {
      if (sample % 2 ** row === 0) rows[row] = random();
    });
    return rows.reduce((sum, row) => sum + row, 0) / 4;
  };
}

const wave = (hertz: number, sample: number) => Math.sin((2 * Math.PI * hertz * sample) / SAMPLE_RATE);

/** Sounds without speech, with a mean power near that of a full-scale sine. */
export const NOISES: Readonly<Record<string, () => Generator>> = {
  'white noise': () => randomSource(1),
  'pink noise': pink,
  hum: () => (sample) => 0.6 * wave(50, sample) + 0.3 * wave(100, sample) + 0.2 * wave(150, sample),
  'a steady tone': () => (sample) => wave(440, sample),
  clicks: () => (sample) => (sample % 8_000 < 24 ? Math.exp(-(sample % 8_000) / 6) * (sample % 2 ? -1 : 1) : 0),
};

/** `seconds` of one of NOISES at `level` dB relative to full scale. */
export function noise(name: string, level: number, seconds: number): Int16Array {
  const next = NOISES[name]!();
  const gain = 10 ** (level / 20) * 32_767;
  return Int16Array.from({ length: seconds * SAMPLE_RATE }, (_, i) =>
    Math.max(-32_768, Math.min(32_767, Math.round(next(i) * gain))),
  );
}
