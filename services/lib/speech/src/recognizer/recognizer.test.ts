import { ManualClock } from '@verbatim/contracts/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTEXT_SAMPLES, WINDOW_SAMPLES } from '../audio-window.ts';
import type { DecodeResult } from '../engines/engine.ts';
import type { DecodePool, DecodeWork } from '../scheduler/decode-pool.ts';
import { DecodeScheduler } from '../scheduler/decode-scheduler.ts';
import type { DetectorJob, VoiceDetector } from '../vad/voice-detector.ts';
import type { RecognizerOutput } from './output.ts';
import { REPLAY_SAMPLES, Recognizer, type RecognizerSettings } from './recognizer.ts';

/** Loud windows are speech. Its state counts windows, so that a wrong replay shows. */
const loudness: VoiceDetector = {
  name: 'silero',
  alive: true,
  initialState: () => Float32Array.of(0),
  async detect({ pcm16, state }: DetectorJob) {
    const windows = (pcm16.length - CONTEXT_SAMPLES) / WINDOW_SAMPLES;
    const at = (w: number) => Math.abs(pcm16[CONTEXT_SAMPLES + w * WINDOW_SAMPLES + 256]!);
    return {
      probabilities: Float32Array.from({ length: windows }, (_, w) => (at(w) > 1_000 ? 0.9 : 0.1)),
      states: Array.from({ length: windows }, (_, w) => Float32Array.of(state[0]! + w + 1)),
    };
  },
  async close() {},
};

/** "Hears" the distinct amplitudes of the loud samples: text that depends on every sample of a decode. */
const listen = ({ pcm16 }: DecodeWork): DecodeResult => {
  const heard: number[] = [];
  for (const sample of pcm16) if (sample > 1_000 && heard.at(-1) !== sample) heard.push(sample);
  return {
    text: heard.map((amplitude) => `w${amplitude}`).join(' '),
    tokens: Int32Array.from(heard),
    logProbabilities: Float32Array.of(-0.1),
    language: 'en',
    truncated: false,
  };
};

class EchoPool implements DecodePool {
  readonly size = 2;
  readonly alive = 2;
  failures = 0;

  async decode(batch: readonly DecodeWork[]): Promise<DecodeResult[]> {
    if (this.failures-- > 0) throw new Error('out of order');
    return batch.map(listen);
  }

  async close(): Promise<void> {}
}

/** `[amplitude, milliseconds]` after one another. */
const speak = (...parts: (readonly [number, number])[]): Int16Array => {
  const pieces = parts.map(([amplitude, ms]) => new Int16Array(ms * 16).fill(amplitude));
  const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
};

const talk = speak([0, 700], [2000, 600], [0, 900], [3000, 400], [0, 200], [3100, 500], [0, 800], [4000, 700]);

const settings: RecognizerSettings = {
  sessionId: 's',
  kind: 'live',
  language: null,
  task: 'transcribe',
  prompt: '',
  silenceMs: 500,
  maxUtteranceMs: 15_000,
  partialResults: true,
  firstPartialMs: 250,
};

function start(over: Partial<RecognizerSettings> = {}, restored?: { cursor: number; state: Uint8Array }) {
  const clock = new ManualClock();
  const pool = new EchoPool();
  const outputs: RecognizerOutput[] = [];
  const scheduler = new DecodeScheduler(pool, clock);
  const recognizer = new Recognizer(
    { detector: loudness, scheduler, clock, engineRemembers: false, preRollMs: 300, postRollMs: 200 },
    { ...settings, ...over },
    (output) => outputs.push(output),
    restored,
  );
  return { recognizer, outputs, clock, pool, scheduler };
}

const turns = async (count = 60) => {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve));
};

const commits = (outputs: readonly RecognizerOutput[]) => outputs.filter((output) => output.type === 'commit');
const finals = (outputs: readonly RecognizerOutput[]) =>
  commits(outputs).flatMap(({ final }) => (final ? [final] : []));
const events = (outputs: readonly RecognizerOutput[], type: string) =>
  outputs.flatMap((output) => (output.type === 'show' && output.event.type === type ? [output.event] : []));

async function untilEnd(run: ReturnType<typeof start>): Promise<RecognizerOutput[]> {
  for (let i = 0; i < 2_000; i++) {
    if (run.outputs.some((output) => output.type === 'failed' || (output.type === 'commit' && output.ended))) break;
    await turns(1);
  }
  return run.outputs;
}

async function whole(audio: Int16Array, over: Partial<RecognizerSettings> = {}) {
  const run = start(over);
  run.recognizer.write(0, audio);
  run.recognizer.mark(1, { type: 'end', reason: 'end_of_audio' });
  return await untilEnd(run);
}

describe('Recognizer', () => {
  it('gives one final for each utterance, in order, and then the end', async () => {
    const outputs = await whole(talk);
    expect(finals(outputs).map(({ utterance, text, reason }) => [utterance, text, reason])).toEqual([
      [1, 'w2000', 'silence'],
      [2, 'w3000 w3100', 'silence'],
      [3, 'w4000', 'end_of_audio'],
    ]);
    expect(commits(outputs).at(-1)?.ended).toBe('end_of_audio');
  });

  it('gives the same finals however the audio is cut into chunks', async () => {
    const expected = finals(await whole(talk));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 6 }), async (sizes) => {
        const run = start();
        for (let at = 0, i = 0; at < talk.length; i++) {
          const size = sizes[i % sizes.length]!;
          run.recognizer.write(at, talk.subarray(at, at + size));
          at += size;
          if (i % 7 === 0) await turns(1);
        }
        run.recognizer.mark(1, { type: 'end', reason: 'end_of_audio' });
        expect(finals(await untilEnd(run))).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });

  it('goes on from any of its commits with the finals that an undisturbed run gives', async () => {
    const audio = speak(
      [0, 300],
      [2000, 9_000],
      [0, 100],
      [2500, 9_000],
      [0, 900],
      [3000, 500],
      [0, 4_500],
      [4000, 600],
    );
    const outputs = await whole(audio);
    const all = finals(outputs);
    expect(all.map(({ reason }) => reason)).toEqual(['max_utterance', 'silence', 'silence', 'end_of_audio']);
    for (const [i, { cursor, state }] of commits(outputs).slice(0, -1).entries()) {
      const run = start({}, { cursor, state });
      expect(run.recognizer.received).toBe(Math.max(0, cursor - REPLAY_SAMPLES));
      run.recognizer.write(run.recognizer.received, audio.subarray(run.recognizer.received));
      run.recognizer.mark(1, { type: 'end', reason: 'end_of_audio' });
      const done = finals(outputs.slice(0, outputs.indexOf(commits(outputs)[i]!) + 1)).length;
      expect(finals(await untilEnd(run))).toEqual(all.slice(done));
    }
  });

  it('answers every mark exactly once, whichever of its commits another goes on from', async () => {
    const before = speak([0, 300], [2000, 800]);
    const after = speak([2500, 700], [0, 900], [3000, 500]);
    const feed = (recognizer: Recognizer) => {
      const from = recognizer.received;
      if (from < before.length) recognizer.write(from, before.subarray(from));
      recognizer.mark(1, { type: 'finalize', requestId: 'a' });
      const at = Math.max(0, from - before.length);
      recognizer.write(before.length + at, after.subarray(at));
      recognizer.mark(2, { type: 'finalize', requestId: 'b' });
      recognizer.mark(3, { type: 'end', reason: 'end_of_audio' });
    };
    const said = (outputs: readonly RecognizerOutput[]) =>
      commits(outputs).flatMap(({ final, flushed, ended }) => final?.text ?? flushed?.requestId ?? ended ?? []);
    const first = start();
    feed(first.recognizer);
    const outputs = await untilEnd(first);
    expect(said(outputs)).toEqual(['w2000', 'a', 'w2500', 'w3000', 'b', 'end_of_audio']);
    for (const commit of commits(outputs).slice(0, -1)) {
      const run = start({}, commit);
      const had = said(outputs.slice(0, outputs.indexOf(commit) + 1));
      expect(run.recognizer.flushedBefore.map(({ requestId }) => requestId)).toEqual(
        had.filter((word) => word === 'a' || word === 'b'),
      );
      feed(run.recognizer);
      expect([...had, ...said(await untilEnd(run))], `after ${had}`).toEqual(said(outputs));
    }
  });

  it('keeps the first sounds of a word that begins right after a finalize, or after a stall', async () => {
    const quiet = speak([0, 600]);
    const word = speak([2000, 500], [0, 700]);
    const undisturbed = start();
    undisturbed.recognizer.write(0, quiet);
    undisturbed.recognizer.write(quiet.length, word);
    undisturbed.recognizer.mark(1, { type: 'end', reason: 'end_of_audio' });
    const [expected] = finals(await untilEnd(undisturbed));
    for (const disturb of ['finalize', 'stall']) {
      const run = start();
      run.recognizer.write(0, quiet);
      await turns();
      if (disturb === 'finalize') run.recognizer.mark(1, { type: 'finalize', requestId: 'a' });
      else await run.clock.advance(5_000);
      run.recognizer.write(quiet.length, word);
      run.recognizer.mark(2, { type: 'end', reason: 'end_of_audio' });
      expect(finals(await untilEnd(run)), disturb).toEqual([expected]);
    }
  });

  it('goes on after audio that is lost behind a cut, and reports it', async () => {
    const audio = speak([0, 300], [2000, 9_000], [0, 100], [2500, 9_000], [0, 900], [3000, 500], [0, 700]);
    const cut = commits(await whole(audio)).find(({ final }) => final?.reason === 'max_utterance')!;
    const run = start({}, cut);
    const from = cut.cursor + 16_000;
    run.recognizer.write(from, audio.subarray(from));
    run.recognizer.mark(1, { type: 'end', reason: 'end_of_audio' });
    const outputs = await untilEnd(run);
    const gap = commits(outputs)[0]!.gap;
    expect(gap).toMatchObject({ to: from, reason: 'expired' });
    expect(finals(outputs).map(({ text }) => text)).toEqual(['w2500', 'w3000']);
    const cursors = commits(outputs).map(({ cursor }) => cursor);
    expect(cursors).toEqual([...cursors].sort((a, b) => a - b));
  });

  it('moves its cursor over silence without a final', async () => {
    const outputs = await whole(speak([0, 7_000]));
    expect(finals(outputs)).toEqual([]);
    expect(commits(outputs).length).toBeGreaterThanOrEqual(3);
    const cursors = commits(outputs).map(({ cursor }) => cursor);
    expect(cursors).toEqual([...cursors].sort((a, b) => a - b));
  });

  it('shows partials of the open utterance while it grows, none after its final', async () => {
    const run = start();
    const audio = speak([2000, 800], [2100, 800], [2200, 800], [0, 700]);
    for (let at = 0; at < audio.length; at += 1_600) {
      run.recognizer.write(at, audio.subarray(at, at + 1_600));
      await turns(8);
    }
    const texts = events(run.outputs, 'partial').map((event) => (event.type === 'partial' ? event.text : ''));
    expect(texts[0]).toBe('w2000');
    expect(texts).toContain('w2000 w2100 w2200');
    const final = run.outputs.findIndex((output) => output.type === 'commit' && output.final);
    expect(final).toBeGreaterThan(0);
    expect(events(run.outputs.slice(final), 'partial')).toEqual([]);
  });

  it('has the final ready when the silence threshold passes: the decode began with the pause', async () => {
    const run = start();
    const audio = speak([2000, 800], [0, 450]);
    run.recognizer.write(0, audio);
    await turns();
    const rows = run.scheduler.stats().rows;
    expect(finals(run.outputs)).toEqual([]);
    run.recognizer.write(audio.length, new Int16Array(1_600));
    await turns();
    expect(finals(run.outputs)).toHaveLength(1);
    expect(run.scheduler.stats().rows).toBe(rows);
  });

  it('shows no partials to sessions that want none', async () => {
    expect(events(await whole(talk, { partialResults: false }), 'partial')).toEqual([]);
  });

  it('answers each finalize exactly once, after the text of the audio before it, in silence too', async () => {
    const run = start();
    const audio = speak([2000, 800], [0, 100]);
    run.recognizer.mark(1, { type: 'finalize', requestId: 'early' });
    run.recognizer.write(0, audio);
    run.recognizer.mark(2, { type: 'finalize', requestId: 'a' });
    run.recognizer.mark(2, { type: 'finalize', requestId: 'a' });
    run.recognizer.write(audio.length, audio);
    run.recognizer.mark(3, { type: 'finalize', requestId: 'b' });
    run.recognizer.mark(4, { type: 'end', reason: 'end_of_audio' });
    const said = commits(await untilEnd(run)).flatMap(
      ({ final, flushed, ended }) => final?.text ?? flushed?.requestId ?? ended ?? [],
    );
    expect(said).toEqual(['early', 'w2000', 'a', 'w2000', 'b', 'end_of_audio']);
  });

  it('ends also where an owner committed the end and died before the session was closed', async () => {
    const first = start();
    const audio = speak([2000, 800]);
    first.recognizer.write(0, audio);
    first.recognizer.mark(1, { type: 'end', reason: 'end_of_audio' });
    const { cursor, state } = commits(await untilEnd(first)).at(-1)!;
    const next = start(undefined, { cursor, state });
    next.recognizer.mark(1, { type: 'end', reason: 'end_of_audio' });
    const said = commits(await untilEnd(next));
    expect(said).toMatchObject([{ ended: 'end_of_audio' }]);
    expect(finals(next.outputs)).toEqual([]);
  });

  it('finalises what is open when its client pauses, and goes on behind it', async () => {
    const run = start();
    const audio = speak([2000, 800]);
    run.recognizer.write(0, audio);
    await run.clock.advance(60_000);
    expect(finals(run.outputs), 'time alone ends nothing').toEqual([]);
    run.recognizer.mark(1, { type: 'idle' });
    run.recognizer.mark(2, { type: 'idle' });
    run.recognizer.write(audio.length, speak([2000, 800], [0, 600]));
    run.recognizer.mark(3, { type: 'end', reason: 'end_of_audio' });
    await untilEnd(run);
    expect(finals(run.outputs)).toMatchObject([
      { text: 'w2000', reason: 'idle' },
      { text: 'w2000', reason: 'silence' },
    ]);
    expect(commits(run.outputs).at(-1)).toMatchObject({ marks: 2, ended: 'end_of_audio' });
  });

  it('reports lost audio as a gap, ends what was open before it and goes on after it', async () => {
    const run = start();
    const before = speak([2000, 800]);
    run.recognizer.write(0, before);
    run.recognizer.write(before.length + 8_000, speak([3000, 800], [0, 600]));
    run.recognizer.mark(1, { type: 'end', reason: 'end_of_audio' });
    const outputs = await untilEnd(run);
    expect(finals(outputs)).toMatchObject([
      { text: 'w2000', reason: 'gap', end: 12_800 },
      { text: 'w3000', reason: 'silence' },
    ]);
    expect(commits(outputs).find(({ gap }) => gap)?.gap).toEqual({
      type: 'gap',
      from: 12_800,
      to: 20_800,
      reason: 'overflow',
    });
  });

  it('times the finals whose end of speech it tells, and no others', async () => {
    const run = start({ maxUtteranceMs: 3_000 });
    const cut = speak([2000, 5_000], [0, 700], [2500, 800]);
    run.recognizer.write(0, cut);
    run.recognizer.write(cut.length + 8_000, speak([3000, 800], [0, 600]));
    run.recognizer.mark(1, { type: 'end', reason: 'end_of_audio' });
    const outputs = await untilEnd(run);
    expect(finals(outputs).map(({ reason }) => reason)).toEqual([
      'max_utterance',
      'max_utterance',
      'silence',
      'gap',
      'silence',
    ]);
    const timed = commits(outputs).flatMap(({ timing }) => (timing ? [timing.lastSound] : []));
    expect(timed).toEqual(events(outputs, 'speech_ended').map((event) => 'at' in event && event.at));
  });

  it('ignores samples that it has already', async () => {
    const run = start();
    run.recognizer.write(0, talk.subarray(0, 30_000));
    run.recognizer.write(0, talk.subarray(0, 20_000));
    run.recognizer.write(10_000, talk.subarray(10_000));
    run.recognizer.mark(1, { type: 'end', reason: 'end_of_audio' });
    expect(finals(await untilEnd(run))).toEqual(finals(await whole(talk)));
  });

  it('says that it failed when the engine does, and nothing more', async () => {
    const run = start({ partialResults: false });
    run.pool.failures = 100;
    run.recognizer.write(0, talk);
    const outputs = await untilEnd(run);
    expect(outputs.at(-1)).toMatchObject({ type: 'failed', error: { message: 'out of order' } });
    expect(finals(outputs)).toEqual([]);
    await turns();
    expect(run.outputs.at(-1)?.type).toBe('failed');
  });

  it('is behind while decodes wait, and not when all audio is worked off', async () => {
    const run = start();
    run.recognizer.write(0, talk);
    expect(run.recognizer.behind).toBe(true);
    await turns();
    expect(run.recognizer.behind).toBe(false);
  });

  it('says of a file what it says of a live session, with one decode for each utterance, after those of live sessions', async () => {
    const run = start({ kind: 'job', partialResults: false });
    const kinds: string[] = [];
    const submit = run.scheduler.submit.bind(run.scheduler);
    run.scheduler.submit = (order) => {
      kinds.push(order.kind);
      return submit(order);
    };
    run.recognizer.write(0, talk);
    run.recognizer.mark(1, { type: 'end', reason: 'end_of_audio' });
    const said = finals(await untilEnd(run));
    expect(said).toEqual(finals(await whole(talk)));
    expect(kinds).toEqual(said.map(() => 'job'));
  });
});
