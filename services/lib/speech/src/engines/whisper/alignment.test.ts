import { describe, expect, it } from 'vitest';
import { chooseLanguage } from './detect-languages.ts';
import { melFilters } from './mel-filters.ts';
import { audioSeed, Random } from './seeded-random.ts';
import { tinyTokenizer } from './testing/tiny-whisper.ts';
import { TokenChoice } from './token-choice.ts';
import { WhisperTokenizer } from './tokenizer.ts';
import { wordTimes } from './word-times.ts';

describe('the alignment of tokens and frames', () => {
  it('times words by the frames that their tokens look at', () => {
    const tokenizer = new WhisperTokenizer(JSON.stringify(tinyTokenizer()));
    const [rows, heads, frames] = [4, 2, 100];
    const attention = new Float32Array(heads * rows * frames).fill(0.001);
    // " word", " x", " y" and the end mark.
    for (const [row, from, to] of [
      [0, 10, 40],
      [1, 40, 60],
      [2, 60, 80],
      [3, 80, 100],
    ] as const) {
      for (let head = 0; head < heads; head++)
        attention.fill(0.05, (head * rows + row) * frames + from, (head * rows + row) * frames + to);
    }
    const words = wordTimes({
      ...{ tokenizer, tokens: [260, 261, 262], logProbabilities: [-0.1, -0.2, -3, -0.1], language: 'en' },
      ...{ attention, rows, heads, frames, audioSamples: 32_000 },
    });
    expect(words.map(({ text }) => text)).toEqual(['word', 'x', 'y']);
    for (const [index, [start, end]] of [
      [0, 40],
      [40, 60],
      [60, 80],
    ].entries()) {
      // The median filter may move an edge by its half width.
      if (index > 0) expect(Math.abs(words[index]!.start / 320 - start!)).toBeLessThanOrEqual(3);
      expect(Math.abs(words[index]!.end / 320 - end!)).toBeLessThanOrEqual(3);
    }
    expect(words.map(({ confidence }) => confidence)).toEqual(
      [-0.1, -0.2, -3].map((value) => expect.closeTo(Math.exp(value), 5)),
    );
  });
});

describe('the mel filters', () => {
  it.each([80, 128])('of %i bins are triangles of one area that cover the spectrum in order', (bins) => {
    const filters = melFilters(bins);
    let last = -1;
    for (let bin = 0; bin < bins; bin++) {
      const row = filters.subarray(bin * 201, (bin + 1) * 201);
      const peak = row.indexOf(Math.max(...row));
      expect(peak).toBeGreaterThanOrEqual(last);
      last = peak;
    }
    // Slaney's normalisation: a filter's integral over hertz (40 a bin) is 1; wide ones show it.
    const widest = filters.subarray((bins - 1) * 201, bins * 201);
    expect(widest.reduce((sum, weight) => sum + weight, 0) * 40).toBeCloseTo(1, 1);
  });

  it('are those that librosa gives', () => {
    // librosa.filters.mel(sr=16000, n_fft=400, n_mels=80)[0, 1] and [79, 199]
    expect(melFilters(80)[1]).toBeCloseTo(0.02486259, 6);
  });
});

describe('the choice of a language', () => {
  const likely = new Map([
    ['en', 0.95],
    ['de', 0.04],
  ]);

  it('is the likeliest, unless another was expected and the speech is short or not clear', () => {
    expect(chooseLanguage({ seconds: 1, expected: undefined }, likely)).toEqual({ language: 'en', probability: 0.95 });
    expect(chooseLanguage({ seconds: 1, expected: 'de' }, likely)).toEqual({ language: 'de', probability: 0.04 });
    expect(chooseLanguage({ seconds: 5, expected: 'de' }, likely).language).toBe('en');
    expect(chooseLanguage({ seconds: 5, expected: 'de' }, new Map([['en', 0.8]])).language).toBe('de');
  });
});

describe('the choice of a token', () => {
  const choice = new TokenChoice({ vocabulary: 6, end: 4, suppressed: [1], suppressedAtBegin: [4] });
  // Tokens above the end mark are never text, however likely.
  const logits = Float32Array.of(0, 9, 1, 2, 3, 8);

  it('is the likeliest that may stand there', () => {
    expect(choice.best(logits, 0, 10, false)).toEqual({ token: 4, logProbability: -7 });
    expect(choice.best(logits, 0, 10, true)).toEqual({ token: 3, logProbability: -8 });
  });

  it('by chance takes others as often as they are likely, and none that may not', () => {
    const random = new Random(5);
    const counts = new Map<number, number>();
    for (let i = 0; i < 4_000; i++) {
      const { token } = choice.sampled(logits, 0, 10, false, { temperature: 1, draw: random.next() });
      counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([0, 2, 3, 4]);
    const total = [0, 1, 2, 3].reduce((sum, logit) => sum + Math.exp(logit), 0);
    expect(counts.get(4)! / 4_000).toBeCloseTo(Math.exp(3) / total, 1);
    const cold = choice.sampled(logits, 0, 10, false, { temperature: 0.01, draw: 0.5 });
    expect(cold).toEqual(choice.best(logits, 0, 10, false));
  });

  it('depends on the audio alone', () => {
    const audio = Float32Array.of(0.1, -0.2, 0.3);
    expect(audioSeed(audio)).toBe(audioSeed(audio.slice()));
    expect(audioSeed(audio)).not.toBe(audioSeed(Float32Array.of(0.1, -0.2, 0.4)));
    expect(new Random(3).next()).toBe(new Random(3).next());
  });
});
