import { msFromSamples } from '@verbatim/contracts';
import { atMost, type BenchContext, type Goal, printGoals } from './context.ts';
import { type Clip, pickClips } from './corpus.ts';
import { type ItemTiming, timeItem } from './item-timing.ts';
import { addRecords, type PartialRecord, recordPartials } from './partial-ledger.ts';
import { ServerUnderTest } from './server-under-test.ts';
import { FAINT_BELOW_LOUD_DB, SPEECH_BOUNDS_RULE, speechBounds } from './speech-bounds.ts';
import { measured, type Summary, summarise } from './statistics.ts';
import { streamPaced } from './stream.ts';
import { fixed, formatTable } from './table.ts';
import { singleTrack } from './track.ts';

interface ClipLatency extends ItemTiming {
  readonly id: string;
  /** As finalMs, from where even faint speech has ended. */
  readonly finalAfterFaintMs: number | null;
}

/** One pass over all clips with chunks of one length. */
interface LatencyPass {
  readonly chunkMs: number;
  readonly firstTextMs: Summary | null;
  /** Clips whose first text was the final: too short for a partial. */
  readonly firstTextIsFinal: number;
  readonly finalMs: Summary | null;
  readonly finalAfterFaintMs: Summary | null;
  readonly withoutText: number;
  readonly record: PartialRecord;
  /** How late the load generator sent its chunks. */
  readonly lateMs: Summary | null;
  readonly clips: readonly ClipLatency[];
}

export interface LatencyResult {
  readonly speechBounds: string;
  readonly silenceThresholdMs: number;
  readonly passes: readonly LatencyPass[];
  readonly goals: readonly Goal[];
}

const CHUNKS_MS = [100, 20];
/** Longer clips only take time: what counts is their first and their last second. */
const CLIP_SECONDS = { min: 1, max: 8 };
const BEFORE_MS = 500;
/** Added to it at random, so that speech starts anywhere in a chunk and in a detector's window. */
const BEFORE_SPREAD_MS = 500;
const AFTER_MS = 1_500;

/** How soon text is there at real-time pace, one session at a time. */
export async function benchLatency(context: BenchContext): Promise<LatencyResult> {
  const { config, corpus, options, note, signal } = context;
  const clips = pickClips(corpus.clips, options.clips, CLIP_SECONDS.min, CLIP_SECONDS.max);
  await using server = await ServerUnderTest.start({ ...context, cpuProfiles: options.cpuProfiles });
  const passes: LatencyPass[] = [];
  for (const chunkMs of CHUNKS_MS) {
    note(`latency: ${clips.length} clips at real-time pace in chunks of ${chunkMs} ms`);
    passes.push(await measurePass(server, clips, chunkMs, signal));
  }
  const silenceMs = config.VAD_SILENCE_THRESHOLD_MS;
  const [first] = passes;
  const result: LatencyResult = {
    speechBounds: SPEECH_BOUNDS_RULE,
    silenceThresholdMs: silenceMs,
    passes,
    goals: [
      atMost('speech start to first text, p50', first?.firstTextMs?.p50 ?? null, 400, 'ms'),
      atMost('speech end to final, p50', first?.finalMs?.p50 ?? null, silenceMs + 60, 'ms'),
      atMost('speech end to final, p95', first?.finalMs?.p95 ?? null, silenceMs + 120, 'ms'),
      atMost('stable text taken back', first?.record.stableViolations ?? null, 0, 'times'),
    ],
  };
  report(result, context.print);
  return result;
}

async function measurePass(
  { wsUrl }: ServerUnderTest,
  clips: readonly Clip[],
  chunkMs: number,
  signal: AbortSignal,
): Promise<LatencyPass> {
  const timings: ClipLatency[] = [];
  const records: PartialRecord[] = [];
  const lateMs: number[] = [];
  for (const [index, clip] of clips.entries()) {
    const beforeMs = BEFORE_MS + ((index * 137) % BEFORE_SPREAD_MS);
    const { pcm16, items } = singleTrack(clip, beforeMs, AFTER_MS, index);
    const streamed = await streamPaced(wsUrl, pcm16, { chunkMs, overflow: 'BLOCK', signal });
    const timing = timeItem(streamed.heard, items[0]!, streamed.startedAt);
    timings.push({
      ...{ id: clip.id, ...timing },
      finalAfterFaintMs: timing.finalMs === null ? null : timing.finalMs - faintTailMs(clip),
    });
    records.push(recordPartials(streamed.heard));
    lateMs.push(...streamed.lateMs);
  }
  return {
    chunkMs,
    firstTextMs: summarise(measured(timings.map((timing) => timing.firstTextMs))),
    firstTextIsFinal: timings.filter((timing) => timing.firstTextIsFinal).length,
    finalMs: summarise(measured(timings.map((timing) => timing.finalMs))),
    finalAfterFaintMs: summarise(measured(timings.map((timing) => timing.finalAfterFaintMs))),
    withoutText: timings.filter(({ text }) => text === '').length,
    record: addRecords(records),
    lateMs: summarise(lateMs),
    clips: timings,
  };
}

/** How much longer a clip's speech lasts when faint sounds count. */
function faintTailMs({ pcm16, bounds }: Clip): number {
  return msFromSamples((speechBounds(pcm16, FAINT_BELOW_LOUD_DB)?.end ?? bounds.end) - bounds.end);
}

function report(
  { speechBounds: rule, silenceThresholdMs, passes, goals }: LatencyResult,
  print: (text: string) => void,
): void {
  print('LATENCY: milliseconds at real-time pace, one session at a time');
  print('Counted from the moment at which a microphone would have heard the sample, so that waiting for the rest of a');
  print(`chunk counts; ${rule}.`);
  print(`Silence that ends an utterance: ${silenceThresholdMs} ms.`);
  const rows = (['firstTextMs', 'finalMs', 'finalAfterFaintMs', 'lateMs'] as const).flatMap((figure) =>
    passes.map(({ chunkMs, [figure]: summary }) => [
      ...[`${TITLES[figure]}, ${chunkMs} ms chunks`, summary?.count ?? 0],
      ...[fixed(summary?.p50), fixed(summary?.p95), fixed(summary?.max)],
    ]),
  );
  print(formatTable(['', 'count', 'p50', 'p95', 'max'], rows));
  for (const { chunkMs, firstTextIsFinal, withoutText, record } of passes) {
    const share = record.wordsShown === 0 ? 0 : (100 * record.wordsRevised) / record.wordsShown;
    print(
      `${chunkMs} ms chunks: ${record.partials} partials; ${share.toFixed(1)}% of the words shown were changed later ` +
        `(${record.wordsRevised} of ${record.wordsShown}); stable text taken back ${record.stableViolations} times by ` +
        `partials, ${record.finalsAgainstStable} times by finals; ${firstTextIsFinal} clips without a partial before ` +
        `their final, ${withoutText} without text`,
    );
  }
  printGoals(goals, print);
}

const TITLES = {
  firstTextMs: 'speech start to first text',
  finalMs: 'speech end to final',
  finalAfterFaintMs: `the same, faint sounds to ${FAINT_BELOW_LOUD_DB} dB down counted as speech`,
  lateMs: 'chunk sent late by (generator)',
} as const;
