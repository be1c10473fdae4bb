import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecodeResult, Engine } from '../engine.ts';
import { buildMoonshineGraphs, builtFiles, shippedFiles } from './build.ts';
import { loadMoonshine } from './moonshine-engine.ts';

/** A folder with the graphs as moonshine-js ships them. */
const modelDir = process.env.VERBATIM_TEST_MODEL_DIR;
const why = modelDir === undefined ? `set VERBATIM_TEST_MODEL_DIR to a folder with ${shippedFiles.encoder}` : '';
const fixtures = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../../../../test/fixtures/speech');

/** 16 kHz mono 16-bit WAV → -1 to 1. */
async function readWav(file: string): Promise<Float32Array> {
  const bytes = await readFile(file);
  const data = bytes.indexOf('data', 12, 'latin1');
  const length = bytes.readUInt32LE(data + 4) >> 1;
  return Float32Array.from({ length }, (_, index) => bytes.readInt16LE(data + 8 + 2 * index) / 32_768);
}

/** Something of the spectrum of a voice, the same at every run: for what does not depend on the words. */
function tone(seconds: number): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * 16_000) }, (_, index) => {
    const time = index / 16_000;
    const voice = Math.sin(2 * Math.PI * 140 * time) + 0.5 * Math.sin(2 * Math.PI * 620 * time);
    return 0.1 * voice * (0.6 + 0.4 * Math.sin(2 * Math.PI * 3.3 * time));
  });
}

function expectSame(got: DecodeResult | null | undefined, wanted: DecodeResult | undefined): void {
  expect(got?.tokens).toEqual(wanted?.tokens);
  expect(got?.logProbabilities).toEqual(wanted?.logProbabilities);
}

describe.skipIf(modelDir === undefined)(`Moonshine ${why}`, () => {
  let dir: string;
  let engine: Engine;
  const clips: { name: string; audio: Float32Array; alone: DecodeResult }[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'moonshine-'));
    await buildMoonshineGraphs(modelDir ?? '', dir);
    engine = await loadMoonshine(dir);
    const names = (await readdir(fixtures).catch(() => [])).filter((name) => name.endsWith('.wav'));
    const voices = await Promise.all(
      names.map(async (name) => ({ name, audio: await readWav(path.join(fixtures, name)) })),
    );
    const tones = [0.3, 1.7, 4].map((seconds) => ({ name: `${seconds} s of tone`, audio: tone(seconds) }));
    for (const clip of [...voices, ...tones]) {
      if (clip.audio.length > 6 * 16_000 && clip.name !== 'jfk.wav') continue;
      const [alone] = await engine.decode([{ audio: clip.audio }]);
      if (alone) clips.push({ ...clip, alone });
    }
  }, 120_000);

  afterAll(async () => {
    await engine?.close();
    if (dir !== undefined) await rm(dir, { recursive: true });
  });

  it('builds the same bytes every time, and leaves no other file behind', async () => {
    const again = await mkdtemp(path.join(os.tmpdir(), 'moonshine-'));
    const files = await buildMoonshineGraphs(modelDir ?? '', again);
    for (const { path: file, sha256, bytes } of files) {
      const first = await readFile(path.join(dir, path.basename(file)));
      expect(createHash('sha256').update(first).digest('hex')).toBe(sha256);
      expect(first.length).toBe(bytes);
    }
    expect((await readdir(again)).sort()).toEqual(Object.values(builtFiles).sort());
    await rm(again, { recursive: true });
  });

  it('writes down what is said', async (context) => {
    const speech = clips.find(({ name }) => name === 'jfk.wav');
    if (speech === undefined) return context.skip('test/fixtures/speech/jfk.wav is not there');
    expect(speech.alone.text.toLowerCase()).toContain('ask not what your country can do for you');
    expect(speech.alone.truncated).toBe(false);
    expect(speech.alone.logProbabilities).toHaveLength(speech.alone.tokens.length + 1);
    expect(Math.max(...speech.alone.logProbabilities)).toBeLessThanOrEqual(0);
  });

  it('gives each clip of a batch, to the last bit, what it gives the clip alone', async () => {
    const results = await engine.decode(clips.map(({ audio }) => ({ audio })));
    for (const [index, { alone }] of clips.entries()) expectSame(results[index], alone);
  });

  it('gives the same with a right, a partly right, a wrong and an overlong draft', async () => {
    const wrong = Int32Array.from({ length: 300 }, (_, index) => 500 + index);
    for (const { audio, alone } of clips) {
      const half = Int32Array.from([...alone.tokens.subarray(0, alone.tokens.length >> 1), 700, 701]);
      for (const draft of [alone.tokens, half, wrong, new Int32Array()]) {
        const [result] = await engine.decode([{ audio, draft }]);
        expectSame(result, alone);
      }
    }
    const mixed = clips.map(({ audio, alone }, index) => ({ audio, draft: index % 2 === 0 ? alone.tokens : wrong }));
    const results = await engine.decode(mixed);
    for (const [index, { alone }] of clips.entries()) expectSame(results[index], alone);
  });

  it('takes audio from nothing to 30 s', async () => {
    const results = await engine.decode(
      [new Float32Array(), tone(0.01), tone(0.1), tone(30)].map((audio) => ({ audio })),
    );
    for (const { tokens, logProbabilities, truncated } of results as DecodeResult[]) {
      expect(tokens.length).toBeGreaterThan(0);
      expect(logProbabilities).toHaveLength(tokens.length + (truncated ? 0 : 1));
      expect(logProbabilities.every(Number.isFinite)).toBe(true);
    }
  });

  it('refuses audio that its tables do not reach, and goes on', async () => {
    await expect(engine.decode([{ audio: tone(40) }])).rejects.toThrow(/40\.0 s is too long for Moonshine/);
    const [result] = await engine.decode([{ audio: clips[0]?.audio ?? tone(1) }]);
    expectSame(result, clips[0]?.alone);
  });

  it('answers calls made at the same time as if they came one after the other', async () => {
    const results = await Promise.all(clips.map(({ audio }) => engine.decode([{ audio }])));
    for (const [index, { alone }] of clips.entries()) expectSame(results[index]?.[0], alone);
    expect(await engine.decode([])).toEqual([]);
  });
});

it('says which graph is missing and how to make it', async () => {
  await expect(loadMoonshine('/nowhere')).rejects.toThrow(/no moonshine-encoder.onnx in \/nowhere: make it with/);
});
