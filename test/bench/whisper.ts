import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findModel, prepareEngine, SpeechRuntime } from '@verbatim/speech';
import { benchAccuracy } from './accuracy.ts';
import { BenchError } from './bench-error.ts';
import { atLeast, atMost, type BenchContext, type Goal, printGoals } from './context.ts';
import { loadAllLanguages } from './corpus.ts';
import { benchLatency } from './latency.ts';
import { benchScale } from './scale.ts';
import { ServerUnderTest } from './server-under-test.ts';
import { measureMemory, printMemory } from './whisper/memory.ts';
import { hearNothing, printNoSpeech } from './whisper/no-speech.ts';
import { FasterWhisper, startPrototype } from './whisper/references.ts';
import { compareSpeed, printSpeed } from './whisper/speed.ts';
import { compareTexts, printTexts } from './whisper/texts.ts';
import { compareWordTimes, printWordTimes } from './whisper/word-times.ts';

const MODEL = 'whisper-base';
/** That of the engine's worker threads. */
const DECODE_NICENESS = 5;
/** Levels at which whisper-base is tried. */
const LEVELS = [1, 2, 4, 6, 8, 10, 12, 16, 20];

/** A Whisper model in all that it is to do, beside faster-whisper and the prototype where they are. */
export async function benchWhisper(given: BenchContext): Promise<unknown> {
  const context = withModel(given);
  const { root, config, print, note, signal } = context;
  const engine = await prepareEngine(findModel(MODEL), {
    cacheDir: config.VERBATIM_CACHE_DIR,
    source: config.VERBATIM_MODEL_SOURCE,
    signal,
    log: note,
  });
  const clips = await loadAllLanguages(root, context.options.data ?? undefined);
  const english = clips.filter(({ language }) => language === 'en');
  const longest = english.reduce((best, clip) => (clip.seconds > best.seconds ? clip : best));
  const speech = longest.pcm16.slice(longest.bounds.start);
  const memory = await measureMemory(engine, speech);
  // Decode workers give way to other threads: what they are compared with has to, too.
  os.setPriority(DECODE_NICENESS);
  await using fasterWhisper = await FasterWhisper.start(root);
  if (fasterWhisper === null)
    note('whisper: no faster-whisper: see FASTER_WHISPER_PYTHON in test/bench/whisper/references.ts');
  const prototype = await startPrototype(root);
  if (prototype === null) note('whisper: no prototype: see WHISPER_PROTOTYPE in test/bench/whisper/references.ts');
  await using runtime = await SpeechRuntime.start({ engine, workers: 1, onWarning: note });
  note('whisper: texts');
  const short = clips.filter(({ seconds }) => seconds <= 30.5);
  const texts = await compareTexts(runtime, short, fasterWhisper, signal);
  printTexts(texts, print);
  note('whisper: speed');
  const speed = await compareSpeed(runtime, speech, { prototype, fasterWhisper }, signal);
  printSpeed(speed, print);
  note('whisper: word times');
  const wordTimes = await compareWordTimes(runtime, english, fasterWhisper, signal);
  printWordTimes(wordTimes, print);
  printMemory(memory, print);
  os.setPriority(0);
  note('whisper: sounds without speech');
  const nothing = await withServer(context, (url) => hearNothing(url, english, signal));
  printNoSpeech(nothing, print);
  const live = {
    accuracy: await benchAccuracy(context),
    latency: await benchLatency(context),
    scale: await benchScale(context),
  };
  const goals: Goal[] = [
    atMost(
      'English word errors above faster-whisper’s',
      difference(texts.englishWer, texts.otherEnglishWer),
      0.3,
      'points',
    ),
    atMost(
      'live word errors above faster-whisper’s',
      difference(live.accuracy.overall.liveWer, texts.otherEnglishWer),
      0.5,
      'points',
    ),
    atLeast('prototype’s time over ours, least', least(speed.map((row) => ratio(row.prototypeMs, row.hereMs))), 1, 'x'),
    atMost('sounds without speech that gave text', nothing.inNothing.length, 0, 'sounds'),
    atMost(
      'loops',
      nothing.cut.reduce((total, { loops }) => total + loops.length, 0),
      0,
      'texts',
    ),
  ];
  printGoals(goals, print);
  return { memory, texts, speed, wordTimes, nothing, live, goals };
}

/** The context with the model; servers under test read it from the environment. */
function withModel(context: BenchContext): BenchContext {
  const local = path.join(context.root, '../shared/models');
  process.env.STT_MODEL = MODEL;
  const source = context.config.VERBATIM_MODEL_SOURCE ?? (existsSync(path.join(local, MODEL)) ? local : undefined);
  if (source !== undefined) process.env.VERBATIM_MODEL_SOURCE = source;
  const config = {
    ...context.config,
    STT_MODEL: MODEL,
    ...(source !== undefined && { VERBATIM_MODEL_SOURCE: source }),
  };
  const sessions = context.options.sessions === null ? null : LEVELS;
  return { ...context, config, options: { ...context.options, sessions } };
}

async function withServer<T>(context: BenchContext, work: (wsUrl: string) => Promise<T>): Promise<T> {
  await using server = await ServerUnderTest.start(context);
  if (server.slots < 1) throw new BenchError('The server under test takes no sessions.');
  return await work(server.wsUrl);
}

const difference = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a - b);
const ratio = (a: number | null, b: number): number | null => (a === null ? null : a / b);
const least = (values: readonly (number | null)[]): number | null =>
  values.includes(null) ? null : Math.min(...values.map((value) => value ?? 0));
