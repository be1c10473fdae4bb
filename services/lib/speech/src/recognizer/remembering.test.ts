import { ManualClock } from '@verbatim/contracts/testing';
import { describe, expect, it } from 'vitest';
import { CONTEXT_SAMPLES, WINDOW_SAMPLES } from '../audio-window.ts';
import type { DecodeResult } from '../engines/engine.ts';
import type { DecodePool, DecodeWork } from '../scheduler/decode-pool.ts';
import { DecodeScheduler } from '../scheduler/decode-scheduler.ts';
import type { DetectorJob, VoiceDetector } from '../vad/voice-detector.ts';
import type { RecognizerOutput } from './output.ts';
import { Recognizer, type RecognizerSettings } from './recognizer.ts';
import { decodeState, encodeState } from './recognizer-state.ts';

/** Loud windows are speech. */
const loudness: VoiceDetector = {
  name: 'silero',
  alive: true,
  initialState: () => Float32Array.of(0),
  async detect({ pcm16, state }: DetectorJob) {
    const windows = (pcm16.length - CONTEXT_SAMPLES) / WINDOW_SAMPLES;
    const at = (w: number) => Math.abs(pcm16[CONTEXT_SAMPLES + w * WINDOW_SAMPLES + 256]!);
    return {
      probabilities: Float32Array.from({ length: windows }, (_, w) => (at(w) > 1_000 ? 0.9 : 0.1)),
      states: Array.from({ length: windows }, () => state),
    };
  },
  async close() {},
};

/** An engine that hears German in loud speech and English in louder speech, and notes what it was asked. */
class ListeningPool implements DecodePool {
  readonly size = 2;
  readonly alive = 2;
  readonly asked: DecodeWork[] = [];
  probability = 0.95;

  async decode(batch: readonly DecodeWork[]): Promise<DecodeResult[]> {
    return batch.map((work) => {
      this.asked.push(work);
      const loudest = work.pcm16.reduce((most, sample) => Math.max(most, sample), 0);
      return {
        text: `w${loudest}`,
        tokens: Int32Array.of(loudest),
        logProbabilities: Float32Array.of(-0.1),
        language: work.language ?? work.expectedLanguage ?? (loudest < 5_000 ? 'de' : 'en'),
        ...(work.language === undefined && { languageProbability: this.probability }),
        ...(work.thorough && { words: [{ text: `w${loudest}`, start: 1_000, end: 3_000, confidence: 0.5 }] }),
        truncated: false,
      };
    });
  }

  async close(): Promise<void> {}
}

/** `[amplitude, milliseconds]` after one another. */
const speak = (...parts: (readonly [number, number])[]): Int16Array =>
  Int16Array.from(parts.flatMap(([amplitude, ms]) => new Array<number>(ms * 16).fill(amplitude)));

const talk = speak([0, 700], [2_000, 1_200], [0, 900], [6_000, 1_200], [0, 900], [3_000, 1_200], [0, 900]);

const settings: RecognizerSettings = {
  sessionId: 's',
  kind: 'live',
  language: null,
  task: 'transcribe',
  prompt: '',
  silenceMs: 500,
  maxUtteranceMs: 15_000,
  partialResults: false,
  firstPartialMs: 250,
};

function start(over: Partial<RecognizerSettings> = {}, restored?: { cursor: number; state: Uint8Array }) {
  const pool = new ListeningPool();
  const clock = new ManualClock();
  const outputs: RecognizerOutput[] = [];
  const recognizer = new Recognizer(
    {
      ...{ detector: loudness, scheduler: new DecodeScheduler(pool, clock), clock },
      ...{ engineRemembers: true, preRollMs: 300, postRollMs: 200 },
    },
    { ...settings, ...over },
    (output) => outputs.push(output),
    restored,
  );
  return { recognizer, outputs, pool };
}

async function whole(audio: Int16Array, over: Partial<RecognizerSettings> = {}, probability = 0.95) {
  const run = start(over);
  run.pool.probability = probability;
  run.recognizer.write(0, audio);
  run.recognizer.mark(1, { type: 'end', reason: 'end_of_audio' });
  for (let turn = 0; turn < 500; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  const commits = run.outputs.filter((output) => output.type === 'commit');
  return { ...run, commits, finals: commits.flatMap(({ final }) => (final ? [final] : [])) };
}

describe('a recogniser whose engine knows many languages', () => {
  it('tells it what was spoken before, from the second utterance on', async () => {
    const { pool, finals } = await whole(talk);
    expect(pool.asked.map(({ expectedLanguage }) => expectedLanguage)).toEqual([undefined, 'de', 'de']);
    expect(finals.map(({ language }) => language)).toEqual(['de', 'de', 'de']);
  });

  it('expects nothing of a language that was not sure, or heard in less than a second', async () => {
    const unsure = await whole(talk, {}, 0.4);
    expect(unsure.pool.asked.map(({ expectedLanguage }) => expectedLanguage)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const short = await whole(speak([0, 500], [2_000, 300], [0, 900], [3_000, 1_200], [0, 900]));
    expect(short.pool.asked.map(({ expectedLanguage }) => expectedLanguage)).toEqual([undefined, undefined]);
  });

  it('asks for the language that its client named, and for its task and prompt', async () => {
    const { pool, finals } = await whole(talk, { language: 'fr', task: 'translate', prompt: 'Rhône' });
    for (const work of pool.asked) expect(work).toMatchObject({ language: 'fr', task: 'translate', prompt: 'Rhône' });
    // The text of a translation is English.
    expect(finals.map(({ language }) => language)).toEqual(['en', 'en', 'en']);
  });

  it('gives the beginning of a sentence that it cut to the decode of its rest, and only to that', async () => {
    const long = speak([0, 500], [2_000, 2_600], [3_000, 1_000], [0, 900], [4_000, 1_200], [0, 900]);
    const { pool, finals } = await whole(long, { maxUtteranceMs: 2_500 });
    const cut = finals.findIndex(({ reason }) => reason === 'max_utterance');
    expect(cut).toBeGreaterThanOrEqual(0);
    const contexts = pool.asked.map(({ context }) => context);
    expect(contexts).toEqual(
      finals.map((_, i) => (finals[i - 1]?.reason === 'max_utterance' ? finals[i - 1]?.text : undefined)),
    );
  });

  it('hands what it knows to the next owner of its session, whose text is then the same', async () => {
    const first = await whole(talk);
    const handed = first.commits.find(({ final }) => final?.utterance === 1)!;
    expect(decodeState(handed.state).spoken).toEqual({ language: 'de', begun: '' });
    const next = start({}, { cursor: handed.cursor, state: handed.state });
    next.recognizer.write(next.recognizer.received, talk.subarray(next.recognizer.received));
    next.recognizer.mark(1, { type: 'end', reason: 'end_of_audio' });
    for (let turn = 0; turn < 500; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    const finals = next.outputs.flatMap((output) => (output.type === 'commit' && output.final ? [output.final] : []));
    expect(finals).toEqual(first.finals.slice(1));
    expect(next.pool.asked[0]?.expectedLanguage).toBe('de');
  });

  it('takes the state of an owner of before there was such memory', () => {
    const { spoken: _, ...older } = JSON.parse(
      Buffer.from(
        encodeState({
          endpointer: { position: 0, floor: 0, utterances: 0, rising: 0, open: null },
          ...{ detector: Float32Array.of(0), detectorName: 'silero', marks: 0, flushed: [] },
          spoken: { language: 'de', begun: '' },
        }),
      ).toString(),
    );
    expect(decodeState(Buffer.from(JSON.stringify(older))).spoken).toEqual({ language: null, begun: '' });
  });

  it('decodes a file’s utterances one after the other only until its language is clear', async () => {
    const { pool, finals } = await whole(talk, { kind: 'job' });
    expect(pool.asked.map(({ expectedLanguage }) => expectedLanguage)).toEqual([undefined, 'de', 'de']);
    expect(finals).toHaveLength(3);
  });

  it('places words in the time of the session', async () => {
    const { finals } = await whole(talk);
    for (const { words, start: from, text } of finals) {
      expect(words).toEqual([{ text, start: from + 1_000, end: from + 3_000, confidence: 0.5 }]);
    }
  });
});
