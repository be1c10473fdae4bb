import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SttError } from '@verbatim/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeMedia, probeMedia } from './index.ts';
import {
  children,
  corpus,
  decoded,
  describeWithFfmpeg,
  joined,
  likeness,
  limits,
  speech,
  TestFolder,
  tools,
  wavOf,
} from './testing.ts';

const goforward = speech('goforward');
const wav = wavOf(goforward);
const minute = wavOf(joined(...Array.from({ length: 20 }, () => goforward)));
const MINUTE_SECONDS = (20 * goforward.length) / 16_000;
const announced = MINUTE_SECONDS.toFixed(1);

/** Every sentence that a client may see is one, and none tells a path of ours or a name of ffmpeg's parts. */
const SENTENCE = /^[A-Z][^\n]*[^.\s]\.$/;
const checkSentence = (sentence: string): void => {
  expect(sentence).toMatch(SENTENCE);
  expect(sentence).not.toMatch(/verbatim-test|file:\/|0x[0-9a-f]{6}|\/tmp/);
};

describeWithFfmpeg('a damaged file', () => {
  let folder: TestFolder;
  beforeAll(() => {
    folder = new TestFolder();
  });
  afterAll(() => folder[Symbol.dispose]());

  /** What becomes of a file: how many samples, or the code of the refusal. */
  const outcome = async (path: string): Promise<{ samples: number; warnings: readonly string[] } | string> => {
    try {
      const { samples, warnings } = await decoded(path);
      warnings.forEach(checkSentence);
      return { samples: samples.length, warnings };
    } catch (error) {
      if (!(error instanceof SttError)) throw error;
      checkSentence(error.message);
      return error.code;
    } finally {
      expect(children()).toEqual([]);
    }
  };

  it.each([
    ['mp3', []],
    ['m4a', []],
    ['flac', []],
    ['ogg', ['-c:a', 'libvorbis']],
    ['opus', ['-c:a', 'libopus']],
    ['webm', ['-c:a', 'libopus']],
    ['aac', []],
    ['wma', []],
    ['mp4', ['-f', 'lavfi', '-i', 'color=size=64x64:rate=5', '-shortest']],
    ['mkv', ['-f', 'lavfi', '-i', 'color=size=64x64:rate=5', '-shortest']],
  ])('that was cut is heard as far as it goes, or refused: %s', async (ending, args) => {
    const bytes = readFileSync(folder.make(`whole.${ending}`, wav, args));
    const results = [];
    for (const percent of [10, 50, 95]) {
      const path = folder.write(`cut.${ending}`, bytes.subarray(0, Math.round((bytes.length * percent) / 100)));
      results.push(await outcome(path));
    }
    for (const result of results) {
      if (typeof result === 'string') expect(result).toBe('undecodable_audio');
      else expect(result.samples).toBeLessThanOrEqual(goforward.length + 2_048);
    }
    // An index at the end is missing from each part.
    const hasIndexAtEnd = ending === 'm4a' || ending === 'mp4';
    if (hasIndexAtEnd) expect(results).toEqual(['undecodable_audio', 'undecodable_audio', 'undecodable_audio']);
    else expect(results[2]).toMatchObject({ samples: expect.toSatisfy((count: number) => count > 30_000) });
  });

  it('that lacks its index is refused with the reason', async () => {
    const bytes = readFileSync(folder.make('index.m4a', wav));
    const refusal = decoded(folder.write('no-index.m4a', bytes.subarray(0, bytes.length / 2)));
    await expect(refusal).rejects.toMatchObject({
      code: 'undecodable_audio',
      message: 'No audio can be had from the file: ffmpeg says "moov atom not found".',
    });
  });

  it('that announces more than it holds says so', async () => {
    const bytes = readFileSync(folder.make('announces.flac', minute));
    const { samples, warnings } = await decoded(folder.write('announces.flac', bytes.subarray(0, bytes.length / 2)));
    const held = (samples.length / 16_000).toFixed(1);
    expect(warnings.at(-1)).toBe(`The file announces ${announced} s of audio and holds ${held} s.`);
  });

  it('with its index first is heard as far as it goes, with a warning', async () => {
    const bytes = readFileSync(folder.make('fast.m4a', minute, ['-movflags', '+faststart']));
    const { samples, warnings } = await decoded(folder.write('fast.m4a', bytes.subarray(0, bytes.length / 2)));
    expect(likeness(goforward, samples)).toBeGreaterThan(0.95);
    expect(warnings.at(-1)).toContain(`The file announces ${announced} s of audio and holds 2`);
  });

  it('with bad places is heard around them, with a warning', async () => {
    const bytes = readFileSync(folder.make('scratched.flac', minute));
    bytes.fill(0x55, bytes.length / 2, bytes.length / 2 + 3_000);
    const { samples, warnings } = await decoded(folder.write('scratched.flac', bytes));
    expect(samples.length).toBeGreaterThan(50 * 16_000);
    expect(warnings[0]).toMatch(/^Parts of the file are damaged: ffmpeg says ".*"\.$/);
  });

  it('of hours of silence in a small file is stopped, by its header or by what comes of it', async () => {
    const silence = ['-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono', '-t', '7200'];
    const path = folder.make('bomb.flac', null, silence);
    const bytes = readFileSync(path);
    expect(bytes.length).toBeLessThan(1_500_000);
    await expect(decoded(path)).rejects.toMatchObject({ code: 'audio_too_long' });
    // The number of samples: 36 bits at the end of bytes 18 to 25 (RFC 9639, 8.2). 0: not known.
    bytes[21] = bytes[21]! & 0xf0;
    bytes.fill(0, 22, 26);
    const unknown = folder.write('unknown.flac', bytes);
    const options = { rawFormat: null, tools, limits, signal: new AbortController().signal };
    const info = await probeMedia(unknown, options);
    let samples = 0;
    const read = async () => {
      for await (const block of decodeMedia(unknown, info, { ...options, channel: null, onWarning: () => {} })) {
        samples += block.length;
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'audio_too_long' });
    expect(samples).toBeLessThanOrEqual(limits.maxAudioSeconds * 16_000);
    expect(children()).toEqual([]);
  });

  it.each(corpus('media'))('is heard or refused, as it was found once: %s', async (name, bytes) => {
    await outcome(folder.write(name, bytes));
  });

  it('of any bytes behind any beginning is heard or refused', async () => {
    const heads = [
      '',
      'ID3\x04\0\0\0\0\0\0',
      '\xff\xfb\x90\x64',
      'fLaC',
      'OggS\0\x02',
      '\x1a\x45\xdf\xa3',
      '\0\0\0\x18ftypM4A ',
    ];
    const file = fc.tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 3_000 }));
    await fc.assert(
      fc.asyncProperty(file, async ([head, rest]) => {
        await outcome(folder.write('fuzz', Buffer.concat([Buffer.from(head, 'latin1'), rest])));
      }),
      { seed: 20_261_126, numRuns: 15 },
    );
  });

  it('of real audio with changed bytes is heard or refused', async () => {
    const files = ['mp3', 'm4a', 'flac', 'webm'].map((ending) => readFileSync(folder.make(`real.${ending}`, wav)));
    const change = fc.record({ place: fc.double({ min: 0, max: 0.999, noNaN: true }), value: fc.nat(255) });
    const changed = fc.tuple(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 20 }));
    await fc.assert(
      fc.asyncProperty(changed, async ([bytes, changes]) => {
        const broken = Buffer.from(bytes);
        // Most of them near the beginning, where the header is.
        for (const { place, value } of changes) broken[Math.floor(place ** 4 * broken.length)] = value;
        await outcome(folder.write('fuzz', broken));
      }),
      { seed: 20_261_126, numRuns: 15 },
    );
  });
});

describeWithFfmpeg('decoding', () => {
  let folder: TestFolder;
  beforeAll(() => {
    folder = new TestFolder();
  });
  afterAll(() => folder[Symbol.dispose]());

  const decoding = (path: string, signal: AbortSignal, changed: Partial<typeof limits> = {}) => {
    const options = { rawFormat: null, tools, limits: { ...limits, ...changed }, signal };
    return {
      info: () => probeMedia(path, options),
      async *blocks() {
        yield* decodeMedia(path, await probeMedia(path, options), { ...options, channel: null, onWarning: () => {} });
      },
    };
  };
  const never = new AbortController().signal;

  it('leaves nothing behind when its reader leaves', async () => {
    for await (const block of decoding(folder.make('leave.mp3', minute), never).blocks()) {
      expect(block.length).toBeGreaterThan(0);
      expect(children()).toHaveLength(1);
      break;
    }
    expect(children()).toEqual([]);
  });

  it('leaves nothing behind when it is called off, with the reason', async () => {
    const abort = new AbortController();
    const read = async () => {
      for await (const _ of decoding(folder.make('off.mp3', minute), abort.signal).blocks()) {
        abort.abort(new Error('The job was cancelled.'));
      }
    };
    await expect(read()).rejects.toThrow('The job was cancelled.');
    expect(children()).toEqual([]);
    await expect(decoding(folder.make('off.mp3', minute), abort.signal).info()).rejects.toThrow('was cancelled');
    expect(children()).toEqual([]);
  });

  it('waits for its reader', async () => {
    const path = folder.make('paused.mp3', minute);
    let samples = 0;
    for await (const block of decoding(path, never, { stallMs: 1_000 }).blocks()) {
      if (samples === 0) await sleep(1_500);
      samples += block.length;
    }
    expect(samples / 16_000).toBeCloseTo(MINUTE_SECONDS, 0);
  }, 15_000);

  it('blames the machine where ffmpeg has no room to begin', async () => {
    const path = folder.make('room.mp3', wav);
    const refusal = decoding(path, never, { memoryBytes: 64 * 2 ** 20 }).info();
    await expect(refusal).rejects.toMatchObject({ code: 'unavailable' });
    await expect(refusal).rejects.toThrow(/^ffmpeg does not run here within its limits: ffmpeg says ".*"\.$/);
  });
});
