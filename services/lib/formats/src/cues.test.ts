import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cue, cuesBesideEachOther, cuesOf } from './cues.ts';
import { MOST_CHARACTERS } from './lines.ts';
import { CHAIN_MS, GAP_MS, LEAST_MS, MOST_MS, readingMs } from './timing.ts';
import type { Segment } from './transcript.ts';

const segment = (id: number, startMs: number, endMs: number, text: string, channel?: string): Segment => ({
  id,
  ...(channel !== undefined && { channel }),
  startMs,
  endMs,
  text,
  language: 'en',
  confidence: 1,
});

const squeezed = (text: string) => text.replaceAll(' ', '');

const anyWord = fc.oneof(
  fc.stringMatching(/^[a-zA-Z']{1,12}[.,?!]?$/),
  fc.stringMatching(/^[a-z]{43,130}$/),
  fc.stringMatching(/^(😀|音|、|a){1,60}$/u),
);
const anySegments = fc
  .array(
    fc.record({
      words: fc.array(anyWord, { minLength: 1, maxLength: 60 }),
      pauseMs: fc.integer({ min: -300, max: 5_000 }),
      durationMs: fc.integer({ min: 0, max: 30_000 }),
    }),
    { maxLength: 6 },
  )
  .map((parts) => {
    let at = 0;
    return parts.map(({ words, pauseMs, durationMs }, index) => {
      const startMs = Math.max(0, at + pauseMs);
      at = startMs + durationMs;
      return segment(index + 1, startMs, at, words.join(' '));
    });
  });

/** The rules that timing.ts and lines.ts cite, for subtitles of which one is shown at a time. */
function expectSubtitles(cues: readonly Cue[]): void {
  for (const [index, { startMs, endMs, lines }] of cues.entries()) {
    const nextMs = cues[index + 1]?.startMs ?? Number.POSITIVE_INFINITY;
    const ms = endMs - startMs;
    expect(lines.length).toBeLessThanOrEqual(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(MOST_CHARACTERS);
    expect(ms).toBeGreaterThanOrEqual(LEAST_MS);
    expect(ms).toBeLessThanOrEqual(MOST_MS);
    expect(nextMs - endMs).toBeGreaterThanOrEqual(GAP_MS);
    // Neither too fast to read nor a flash of nothing, unless the next one's words or seven seconds are in the way.
    if (nextMs - endMs === GAP_MS || ms === MOST_MS) continue;
    expect(nextMs - endMs).toBeGreaterThanOrEqual(CHAIN_MS);
    expect(ms).toBeGreaterThanOrEqual(readingMs(lines.join(' ').length));
  }
}

describe('cues', () => {
  const texts = (...segments: Segment[]) => cuesOf(segments).map(({ lines }) => lines);
  const spans = (...segments: Segment[]) => cuesOf(segments).map(({ startMs, endMs }) => [startMs, endMs]);

  it('break behind sentences before they break behind clauses, and there before anywhere else', () => {
    const said =
      'We met in the hall. When the lights went out, nobody moved, and the musicians went on playing as if nothing at all had happened.';
    expect(texts(segment(1, 0, 12_000, said))).toEqual([
      ['We met in the hall.', 'When the lights went out, nobody moved,'],
      ['and the musicians went on playing', 'as if nothing at all had happened.'],
    ]);
  });

  it('share out the time of a long segment by characters', () => {
    const said = segment(1, 10_000, 20_000, `${'a'.repeat(39)}. ${'b'.repeat(39)}. ${'c'.repeat(19)}.`);
    expect(spans(said)).toEqual([
      [10_000, 14_000 - GAP_MS],
      [14_000, 20_000],
    ]);
  });

  it("take the words' own times where there are any", () => {
    const words = [
      { text: 'Stop.', startMs: 1_000, endMs: 1_400, confidence: 1 },
      { text: 'x'.repeat(42), startMs: 6_000, endMs: 8_000, confidence: 1 },
      { text: 'y'.repeat(42), startMs: 8_500, endMs: 9_000, confidence: 1 },
    ];
    expect(spans({ ...segment(1, 1_000, 9_000, words.map(({ text }) => text).join(' ')), words })).toEqual([
      [1_000, 1_000 + LEAST_MS],
      [6_000, 11_000],
    ]);
  });

  it("take the words' own times also where the text is spaced otherwise than the engine's words", () => {
    const at = (text: string, startMs: number, endMs: number) => ({ text, startMs, endMs, confidence: 1 });
    const french = [
      at('Où ça ?', 1_000, 1_400),
      at(`${'x'.repeat(40)} !`, 6_000, 8_000),
      at(`${'y'.repeat(40)} !`, 8_500, 9_000),
    ];
    const text = french.map((word) => word.text).join(' ');
    expect(spans({ ...segment(1, 1_000, 9_000, text), words: french })).toEqual([
      [1_000, 8_000],
      [8_500, 10_971],
    ]);
    const first = [...'今天天气很好我们去公园走走吧好不好呀真的很好天气真的很好'].map((text, i) =>
      at(text, i * 100, i * 100 + 100),
    );
    const then = [...'我们明天再去一次公园走走看看花草树木和小鸟还有湖水'].map((text, i) =>
      at(text, 20_000 + i * 100, 20_100 + i * 100),
    );
    const words = [...first, at('。', 2_800, 2_900), ...then];
    const chinese = { ...segment(1, 0, 22_600, words.map(({ text }) => text).join('')), words };
    expect(spans(chinese).map(([startMs]) => startMs)).toEqual([0, 20_000]);
  });

  it('stay up for five sixths of a second where little is said', () => {
    expect(spans(segment(1, 0, 200, 'Yes.'))).toEqual([[0, 834]]);
  });

  it('stay up until they can be read, seventeen characters a second, where nothing follows', () => {
    expect(spans(segment(1, 0, 1_000, 'a'.repeat(34)))).toEqual([[0, 2_000]]);
  });

  it('are gone two frames before the next one', () => {
    expect(spans(segment(1, 0, 1_000, 'a'.repeat(34)), segment(2, 1_400, 3_400, 'b'))).toEqual([
      [0, 1_316],
      [1_400, 3_400],
    ]);
  });

  it('stay up to two frames before the next one where less than half a second is between them', () => {
    expect(spans(segment(1, 0, 2_000, 'One.'), segment(2, 2_499, 4_000, 'Two.'))[0]).toEqual([0, 2_415]);
    expect(spans(segment(1, 0, 2_000, 'One.'), segment(2, 2_500, 4_000, 'Two.'))[0]).toEqual([0, 2_000]);
  });

  it('are shown together where the first would be gone before it is read', () => {
    const said = [segment(1, 0, 200, 'Yes.'), segment(2, 600, 700, 'No.'), segment(3, 5_000, 5_100, 'Why?')];
    expect(texts(...said)).toEqual([['Yes. No.'], ['Why?']]);
  });

  it('come late where the one before needs its time and one cue does not hold both', () => {
    expect(spans(segment(1, 0, 200, 'a'.repeat(42)), segment(2, 300, 4_000, `${'b'.repeat(42)} c`))).toEqual([
      [0, 834],
      [918, 4_000],
    ]);
  });

  it('cut text without spaces behind its punctuation, and longer runs anywhere', () => {
    const said = `${'音'.repeat(30)}、${'声'.repeat(30)}。${'あ'.repeat(50)}`;
    const lines = texts(segment(1, 0, 12_000, said)).flat();
    expect(lines.join('')).toBe(said);
    expect(lines[0]).toBe(`${'音'.repeat(30)}、`);
  });

  it('keep every word in order', () => {
    fc.assert(
      fc.property(anySegments, (segments) => {
        const cues = cuesOf(segments);
        expect(squeezed(cues.flatMap(({ lines }) => lines).join(''))).toBe(
          squeezed(segments.map(({ text }) => text).join('')),
        );
      }),
    );
  });

  it('are what a subtitler accepts', () => {
    fc.assert(fc.property(anySegments, (segments) => expectSubtitles(cuesOf(segments))));
  });
});

describe('cues of several channels', () => {
  const a = (startMs: number, endMs: number, text: string) => segment(1, startMs, endMs, text, 'A');
  const b = (startMs: number, endMs: number, text: string) => segment(2, startMs, endMs, text, 'B');
  const spans = (cues: readonly Cue[]) => cues.map(({ channel, startMs, endMs }) => [channel, startMs, endMs]);

  it('come in turn: one that is talked over stays until a quick reader is done, and the next one waits', () => {
    const talk = [a(0, 4_000, 'a'.repeat(30)), b(1_000, 5_000, 'b'.repeat(30))];
    expect(spans(cuesOf(talk))).toEqual([
      ['A', 0, 1_500],
      ['B', 1_584, 5_000],
    ]);
  });

  it('wait no longer than a second for one that is talked over', () => {
    const talk = [a(0, 6_000, `${'a'.repeat(42)} ${'a'.repeat(41)}`), b(1_000, 5_000, 'b')];
    expect(spans(cuesOf(talk))[1]).toEqual(['B', 2_000, 5_000]);
  });

  it('stand beside each other where that is allowed, in the order of their starts', () => {
    const talk = [a(0, 4_000, 'One.'), b(1_000, 5_000, 'Two.'), a(4_600, 6_000, 'Three.')];
    expect(spans(cuesBesideEachOther(talk))).toEqual([
      ['A', 0, 4_000],
      ['B', 1_000, 5_000],
      ['A', 4_600, 6_000],
    ]);
  });

  it('are not shown together, however short', () => {
    expect(spans(cuesOf([a(0, 200, 'Yes.'), b(300, 500, 'No.')]))).toEqual([
      ['A', 0, 834],
      ['B', 918, 1_752],
    ]);
  });

  const anyTalk = fc
    .tuple(anySegments, anySegments)
    .map((channels) =>
      channels.flatMap((segments, index) => segments.map((one) => ({ ...one, channel: 'AB'[index]! }))),
    )
    .map((segments) => segments.sort((one, other) => one.startMs - other.startMs));
  const ofChannel = <T extends { channel?: string }>(channel: string, all: readonly T[]) =>
    all.filter((one) => one.channel === channel);
  const expectEveryWord = (cues: readonly Cue[], segments: readonly Segment[]) => {
    for (const channel of ['A', 'B']) {
      const lines = ofChannel(channel, cues).flatMap((cue) => cue.lines);
      const said = ofChannel(channel, segments).map(({ text }) => text);
      expect(squeezed(lines.join(''))).toBe(squeezed(said.join('')));
    }
  };

  it('are what a subtitler accepts, and leave room for a label', () => {
    fc.assert(
      fc.property(anyTalk, (segments) => {
        const cues = cuesOf(segments, 10);
        expectSubtitles(cues);
        expectEveryWord(cues, segments);
        for (const { lines } of cues) expect(lines[0]!.length).toBeLessThanOrEqual(32);
      }),
    );
  });

  it('are that beside each other, too, each channel by itself', () => {
    fc.assert(
      fc.property(anyTalk, (segments) => {
        const cues = cuesBesideEachOther(segments);
        for (const channel of ['A', 'B']) expectSubtitles(ofChannel(channel, cues));
        expectEveryWord(cues, segments);
        const starts = cues.map(({ startMs }) => startMs);
        expect(starts).toEqual(starts.toSorted((one, other) => one - other));
      }),
    );
  });
});
