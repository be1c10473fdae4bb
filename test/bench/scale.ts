import { wordErrorRate } from '../support/word-alignment.ts';
import { atLeast, type BenchContext, type Goal, printGoals } from './context.ts';
import { timeItem } from './item-timing.ts';
import { bisectedLevels, listedLevels, mostSessions } from './level-search.ts';
import { type LevelResult, type LoadTarget, type ReferenceTrack, runLevel } from './scale-level.ts';
import { ServerUnderTest } from './server-under-test.ts';
import { SPEECH_BOUNDS_RULE } from './speech-bounds.ts';
import { sum } from './statistics.ts';
import { streamUnpaced } from './stream.ts';
import { fixed, formatTable } from './table.ts';
import { mixedTrack } from './track.ts';

export interface JudgedLevel extends LevelResult {
  readonly passed: boolean;
  /** Why it did not pass. */
  readonly reasons: readonly string[];
}

export interface ScaleResult {
  readonly speechBounds: string;
  readonly silenceThresholdMs: number;
  readonly secondsPerLevel: number;
  /** As it came out. */
  readonly speechShare: number;
  readonly levels: readonly JudgedLevel[];
  /** Null where not even the first level passed. */
  readonly mostSessions: number | null;
  /** What the server logged; nothing is as it should be. */
  readonly serverLog: readonly string[];
  readonly goals: readonly Goal[];
}

/** Later finals than this after the silence threshold are no longer timely. */
const FINAL_SLACK_MS = 500;
/** Different texts are enough to show what load changes; more only make the reference run longer. */
const MOST_TRACKS = 12;
const CLIP_SECONDS = { min: 1, max: 12 };
const GOAL_SESSIONS = 20;
/** What an otherwise idle machine may use beside server and load generator. */
const QUIET_CORES = 0.2;

/** The most sessions that a machine carries at real-time pace. */
export async function benchScale(context: BenchContext): Promise<ScaleResult> {
  const { config, options, note } = context;
  const most = options.sessions === null ? options.search : Math.max(...options.sessions);
  await using server = await ServerUnderTest.start({
    ...context,
    maxSessions: most + 1,
    cpuProfiles: options.cpuProfiles,
  });
  note('scale: taking the text of each track while nothing else runs');
  const tracks = await referenceTracks(server, context, most);
  const levels = await runLevels(server, tracks, context);
  const best = mostSessions(levels);
  const result: ScaleResult = {
    speechBounds: SPEECH_BOUNDS_RULE,
    silenceThresholdMs: config.VAD_SILENCE_THRESHOLD_MS,
    secondsPerLevel: options.seconds,
    speechShare: sum(tracks.map(({ speechShare }) => speechShare)) / tracks.length,
    levels,
    mostSessions: best,
    serverLog: server.log,
    goals: [atLeast('real-time sessions', best, GOAL_SESSIONS, 'sessions')],
  };
  report(result, finalLimitMs(context), context.print);
  return result;
}

/** The greatest p95 of speech end to final with which a level passes, in milliseconds. */
export const finalLimitMs = ({ config }: BenchContext): number => config.VAD_SILENCE_THRESHOLD_MS + FINAL_SLACK_MS;

/** Tries one number of sessions after the other, as the options say, and judges each. */
export async function runLevels(
  server: LoadTarget,
  tracks: readonly ReferenceTrack[],
  context: BenchContext,
): Promise<JudgedLevel[]> {
  const { options, note, signal } = context;
  const next = options.sessions === null ? bisectedLevels(options.search) : listedLevels(options.sessions);
  const levels: JudgedLevel[] = [];
  for (let sessions = next(levels); sessions !== null; sessions = next(levels)) {
    note(`scale: ${sessions} sessions for ${options.seconds} s`);
    const level = await runLevel(server, tracks, sessions, options.seconds, signal);
    const reasons = reasonsAgainst(level, finalLimitMs(context));
    levels.push({ ...level, passed: reasons.length === 0, reasons });
  }
  return levels;
}

/** Tracks and their texts while nothing else runs; at most `sessions` of them. */
export async function referenceTracks(
  { wsUrl }: Pick<LoadTarget, 'wsUrl'>,
  { corpus, options, signal }: BenchContext,
  sessions: number,
): Promise<ReferenceTrack[]> {
  const count = Math.min(MOST_TRACKS, sessions);
  const clips = corpus.clips.filter(({ seconds }) => seconds >= CLIP_SECONDS.min && seconds <= CLIP_SECONDS.max);
  const tracks: ReferenceTrack[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const track = mixedTrack(clips, { seconds: options.seconds, speechShare: options.speechShare, seed });
    const { heard, startedAt } = await streamUnpaced(wsUrl, track.pcm16, signal);
    tracks.push({ ...track, texts: track.items.map((item) => timeItem(heard, item, startedAt).text) });
  }
  return tracks;
}

function reasonsAgainst({ finalMs, gaps, gapSeconds, failures, lostClips }: LevelResult, limitMs: number): string[] {
  const reasons: string[] = [];
  if (finalMs === null) reasons.push('no final');
  else if (finalMs.p95 > limitMs) reasons.push(`p95 of finals is ${finalMs.p95.toFixed(0)} ms, over ${limitMs} ms`);
  if (gaps > 0) reasons.push(`${gaps} gaps, ${gapSeconds.toFixed(1)} s of audio dropped`);
  if (failures.length > 0) reasons.push(`${failures.length} sessions failed: ${failures[0]}`);
  if (lostClips > 0) reasons.push(`${lostClips} clips lost their text`);
  return reasons;
}

const COLUMNS = [
  ...['sessions', 'first p50', 'p95', 'final p50', 'p95', 'max', 'partials/s', 'gaps', 'changed %', 'WER %'],
  ...['cores', '/session', 'main', 'RSS MiB', 'loop p99', 'gen', 'late p95', 'others', 'verdict'],
];

function report(result: ScaleResult, limitMs: number, print: (text: string) => void): void {
  const { levels, secondsPerLevel, speechShare, serverLog } = result;
  print('SCALE: sessions at real-time pace, 100 ms chunks');
  print(`${secondsPerLevel} s a level, ${(100 * speechShare).toFixed(0)}% speech; ${result.speechBounds}.`);
  print(`A level passes with p95 of speech end to final within ${limitMs} ms and nothing dropped or lost.`);
  print(
    'first, final: speech start to first text, speech end to final, ms. changed: words against the text of the same',
  );
  print(
    'audio alone. cores, main: CPU of the server and of its main thread. loop: its event-loop delay, ms (idle: about 10).',
  );
  print(
    'gen, late: CPU of the load generator and how late it sent, ms: it shares this machine’s cores with the server.',
  );
  print(formatTable(COLUMNS, levels.map(row)));
  for (const { sessions, reasons } of levels) {
    for (const reason of reasons) print(`${sessions} sessions failed: ${reason}`);
  }
  const others = Math.max(...levels.map(({ otherCores }) => otherCores ?? 0));
  if (others > QUIET_CORES)
    print(`WARNING: other programs used up to ${others.toFixed(1)} cores: measure again alone.`);
  if (serverLog.length > 0) print(`The server logged ${serverLog.length} lines; the first: ${serverLog[0]}`);
  const open = levels.every(({ passed }) => passed) ? ' or more: no level failed' : '';
  print(`Most sessions: ${result.mostSessions ?? 'none'}${open}`);
  printGoals(result.goals, print);
}

const row = (level: JudgedLevel) => [
  String(level.sessions),
  ...[fixed(level.firstTextMs?.p50), fixed(level.firstTextMs?.p95)],
  ...[fixed(level.finalMs?.p50), fixed(level.finalMs?.p95), fixed(level.finalMs?.max)],
  ...[fixed(level.partialsPerSpeechSecond, 1), level.gaps],
  ...[fixed(wordErrorRate(level.againstAlone), 2), fixed(wordErrorRate(level.againstTruth), 2)],
  ...[fixed(level.server?.cores, 2), fixed(level.server && level.server.cores / level.sessions, 3)],
  ...[fixed(level.server?.mainThreadCores, 2), fixed(level.server?.rssMib), fixed(level.eventLoopDelayMs, 1)],
  ...[
    fixed(level.generatorCores, 2),
    fixed(level.lateMs?.p95, 1),
    fixed(level.otherCores, 2),
    level.passed ? 'pass' : 'FAIL',
  ],
];
