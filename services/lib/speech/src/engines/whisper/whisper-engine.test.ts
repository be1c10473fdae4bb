import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecodeRequest, DecodeResult, Engine } from '../engine.ts';
import { buildWhisper } from './build.ts';
import { writeTinyWhisper } from './testing/tiny-whisper.ts';
import { loadWhisper } from './whisper-engine.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'verbatim-whisper-'));
});
afterAll(() => rm(root, { recursive: true }));

async function engineOf(model: string, name: string): Promise<Engine> {
  const folder = path.join(root, name);
  await buildWhisper(model, folder);
  return loadWhisper(folder);
}

async function decode(engine: Engine, request: DecodeRequest): Promise<DecodeResult> {
  const [result] = await engine.decode([request]);
  if (result === null || result === undefined) throw new Error('no result');
  return result;
}

const tone = (seconds: number, hertz: number): Float32Array =>
  Float32Array.from({ length: seconds * 16_000 }, (_, i) => 0.3 * Math.sin((2 * Math.PI * hertz * i) / 16_000));

function expectSame(got: DecodeResult | null | undefined, wanted: DecodeResult): void {
  expect(got?.tokens).toEqual(wanted.tokens);
  expect(got?.logProbabilities).toEqual(wanted.logProbabilities);
}

describe('a Whisper engine, whatever its weights', () => {
  let engine: Engine;
  const requests: DecodeRequest[] = [0.3, 1.1, 2.7, 5].map((seconds, index) => ({
    audio: tone(seconds, 200 + 90 * index),
    language: index % 2 === 0 ? 'en' : 'de',
  }));
  const alone: DecodeResult[] = [];

  beforeAll(async () => {
    const model = path.join(root, 'tiny');
    await writeTinyWhisper(model);
    engine = await engineOf(model, 'tiny-engine');
    for (const request of requests) alone.push(await decode(engine, request));
  });
  afterAll(() => engine.close());

  it('gives each utterance of a batch, to the last bit, what it gives the utterance alone', async () => {
    const results = await engine.decode(requests);
    for (const [index, wanted] of alone.entries()) expectSame(results[index], wanted);
  });

  it('gives the same with a right, a partly right, a wrong and an overlong draft', async () => {
    const wrong = Int32Array.from({ length: 300 }, (_, index) => index % 250);
    for (const [index, request] of requests.entries()) {
      const { tokens } = alone[index]!;
      const half = Int32Array.from([...tokens.subarray(0, tokens.length >> 1), 70, 71]);
      for (const draft of [tokens, half, wrong, new Int32Array()]) {
        expectSame(await decode(engine, { ...request, draft }), alone[index]!);
      }
    }
    const drafted = requests.map((request, index) => ({ ...request, draft: index % 2 ? wrong : alone[index]!.tokens }));
    const results = await engine.decode(drafted);
    for (const [index, wanted] of alone.entries()) expectSame(results[index], wanted);
  });

  it('gives no result for an utterance that nobody wants any more, and the others theirs', async () => {
    let asked = 0;
    const results = await engine.decode([requests[0]!, { ...requests[2]!, aborted: () => ++asked > 2 }, requests[3]!]);
    expectSame(results[0], alone[0]!);
    expect(results[1]).toBeNull();
    expectSame(results[2], alone[3]!);
  });

  it('never says what is suppressed, nor begins with a blank', () => {
    for (const { tokens } of alone) {
      expect(tokens.includes(3) || tokens.includes(4)).toBe(false);
      expect(tokens[0]).not.toBe(32);
      expect(Math.max(...tokens)).toBeLessThan(264);
    }
  });

  it('depends on the language, the task and the prompt that it is given', async () => {
    const { audio } = requests[2]!;
    const texts = new Set<string>();
    for (const wishes of [
      { language: 'en' },
      { language: 'de' },
      { language: 'en', task: 'translate' as const },
      { language: 'en', prompt: 'x y z' },
      { language: 'en', context: 'a b a b' },
    ]) {
      const { logProbabilities } = await decode(engine, { audio, ...wishes });
      texts.add(logProbabilities.join());
    }
    expect(texts.size).toBe(5);
  });

  it('says which language it took, and how sure it is of one that it heard itself', async () => {
    // Long enough for the usual tail: short speech of an unknown language gets more silence to be heard in.
    const { audio } = requests[3]!;
    const told = await decode(engine, { audio, language: 'de' });
    expect([told.language, told.languageProbability]).toEqual(['de', undefined]);
    const heard = await decode(engine, { audio });
    expect(['en', 'de']).toContain(heard.language);
    expect(heard.languageProbability).toBeGreaterThanOrEqual(0.5);
    expectSame(await decode(engine, { audio, language: heard.language }), heard);
  });

  it('refuses a language that it does not know, and audio longer than its window', async () => {
    const { audio } = requests[0]!;
    await expect(engine.decode([{ audio, language: 'fr' }])).rejects.toThrow('does not know the language "fr"');
    await expect(engine.decode([{ audio: tone(31, 300) }])).rejects.toThrow('31.0 s is too long for Whisper');
    expectSame(await decode(engine, requests[0]!), alone[0]!);
  });

  it('times words of a text that is to stay, in order and inside the audio', async () => {
    const { audio } = requests[3]!;
    const { words = [], text } = await decode(engine, { audio, language: 'en', thorough: true });
    expect(words.map((word) => word.text).join('')).toBe(text.replace(/\s+/g, ''));
    let last = 0;
    for (const { start, end, confidence } of words) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeGreaterThanOrEqual(start);
      expect(end).toBeLessThanOrEqual(audio.length);
      expect(confidence).toBeGreaterThan(0);
      expect(confidence).toBeLessThanOrEqual(1);
      expect(end).toBeGreaterThanOrEqual(last);
      last = end;
    }
  });

  it('does the same by chance as well: a hard case decoded again gives the same text', async () => {
    const request = { audio: tone(4, 77), language: 'en', thorough: true };
    expect((await decode(engine, request)).suspect).toBe(true);
    const hard = { ...request, hard: true };
    const first = await decode(engine, hard);
    expect(first.suspect).toBeUndefined();
    expectSame(await decode(engine, hard), first);
  });

  it('takes audio from nothing to 30 s', async () => {
    const results = await engine.decode(
      [new Float32Array(), tone(0.01, 300), tone(30, 300)].map((audio) => ({ audio })),
    );
    for (const result of results) expect(result?.logProbabilities.every(Number.isFinite)).toBe(true);
    expect(await engine.decode([])).toEqual([]);
  });
});

it('a model of English alone needs no language and has no other task', async () => {
  const model = path.join(root, 'tiny.en');
  await writeTinyWhisper(model, { multilingual: false });
  const engine = await engineOf(model, 'tiny.en-engine');
  try {
    expect(engine.languages).toEqual(['en']);
    expect((await decode(engine, { audio: tone(1, 300), language: 'de' })).language).toBe('en');
    await expect(engine.decode([{ audio: tone(1, 300), task: 'translate' }])).rejects.toThrow('can not translate');
  } finally {
    await engine.close();
  }
});

const base = fileURLToPath(new URL('../../../../../../../shared/models/whisper-base', import.meta.url));

describe.skipIf(!existsSync(base))('whisper-base', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await engineOf(base, 'base-engine');
  }, 120_000);
  afterAll(() => engine?.close());

  const clip = async (name: string): Promise<Float32Array> => {
    const file = fileURLToPath(new URL(`../../../../../../test/fixtures/speech/${name}`, import.meta.url));
    const bytes = await readFile(file);
    const data = bytes.subarray(bytes.indexOf('data') + 8);
    const samples = new Int16Array(data.buffer.slice(data.byteOffset, data.byteOffset + (data.length & ~1)));
    return Float32Array.from(samples, (sample) => sample / 32_768);
  };

  it('writes down what is said, hears that it is English, and knows when each word was said', async () => {
    const {
      text,
      language,
      languageProbability,
      words = [],
    } = await decode(engine, {
      audio: await clip('jfk.wav'),
      thorough: true,
    });
    expect(text.toLowerCase()).toContain('ask not what your country can do for you');
    expect(language).toBe('en');
    expect(languageProbability).toBeGreaterThan(0.9);
    // By ear: "country" from 5.8 to 6.2 s.
    const country = words.find((word) => word.text === 'country')!;
    expect(Math.abs(country.start / 16_000 - 5.8)).toBeLessThan(0.25);
    expect(Math.abs(country.end / 16_000 - 6.2)).toBeLessThan(0.25);
  });
});
