import { normaliseWords } from '../support/normalise-words.ts';
import {
  addErrors,
  describeChanges,
  errorCount,
  type WordErrors,
  wordErrorRate,
  wordErrors,
} from '../support/word-alignment.ts';
import { atMost, type BenchContext, type Goal, printGoals } from './context.ts';
import { type Clip, groupBySet, pickClips } from './corpus.ts';
import { finalText, heardOf } from './server-events.ts';
import { ServerUnderTest } from './server-under-test.ts';
import { type Streamed, streamPaced, streamUnpaced } from './stream.ts';
import { fixed, formatTable } from './table.ts';
import { LONGEST_WHOLE_SECONDS, wholeTexts } from './whole-texts.ts';

interface ClipAccuracy {
  readonly id: string;
  readonly set: string;
  readonly seconds: number;
  readonly reference: string;
  /** Null for a clip that is longer than any utterance: it has only a live text. */
  readonly whole: string | null;
  readonly live: string;
  readonly wholeErrors: WordErrors | null;
  readonly liveErrors: WordErrors;
  /** From the whole clip's words to the live ones. */
  readonly changes: string;
}

interface SetAccuracy {
  readonly set: string;
  readonly clips: number;
  readonly words: number;
  /** Percent. */
  readonly wholeWer: number | null;
  readonly liveWer: number | null;
}

export interface AccuracyResult {
  readonly sets: readonly SetAccuracy[];
  readonly overall: SetAccuracy;
  /** Of them, those that the live stream never has to cut. */
  readonly uncut: SetAccuracy;
  /** Clips too long to be decoded as a whole; not in the sets nor in `overall`. */
  readonly longer: SetAccuracy;
  readonly clips: readonly ClipAccuracy[];
  readonly paced: PacingResult;
  readonly goals: readonly Goal[];
}

interface PacingResult {
  readonly clips: number;
  readonly finals: number;
  /** Finals whose text or place differs, letter by letter, from those of the unpaced stream. */
  readonly differingFinals: number;
}

const PACED_CLIPS = 12;
const PACED_AT_A_TIME = 4;
const PACED_CLIP_SECONDS = { min: 1, max: 12 };

/** Word errors of the live stream against those of the same engine on whole clips. */
export async function benchAccuracy(context: BenchContext): Promise<AccuracyResult> {
  const { corpus, config, note, signal } = context;
  note(`accuracy: decoding ${corpus.clips.length} clips as a whole`);
  const whole = await wholeTexts(context);
  await using server = await ServerUnderTest.start({ ...context, cpuProfiles: context.options.cpuProfiles });
  note('accuracy: streaming them as fast as the server takes them');
  const unpaced = new Map<string, Streamed>();
  for (const { id, pcm16 } of corpus.clips) unpaced.set(id, await streamUnpaced(server.wsUrl, pcm16, signal));
  const clips = corpus.clips.map((clip, index) =>
    compare(clip, whole[index] ?? null, finalText(unpaced.get(clip.id)?.heard ?? [])),
  );
  note('accuracy: streaming some of them at real-time pace');
  const paced = await comparePaced(server, corpus.clips, unpaced, signal);
  const compared = clips.filter((clip) => clip.whole !== null);
  const overall = ofSet('all', compared);
  const cutSeconds = config.MAX_UTTERANCE_MS / 1000;
  const result: AccuracyResult = {
    sets: [...groupBySet(compared)].map(([set, members]) => ofSet(set, members)),
    overall,
    uncut: ofSet(
      `of them up to ${cutSeconds} s`,
      compared.filter(({ seconds }) => seconds <= cutSeconds),
    ),
    longer: ofSet(
      `longer than ${LONGEST_WHOLE_SECONDS} s`,
      clips.filter((clip) => clip.whole === null),
    ),
    clips,
    paced,
    goals: [
      atMost('live WER above whole-utterance WER', difference(overall), 0.5, 'points'),
      atMost('finals that pacing changes', paced.differingFinals, 0, 'finals'),
    ],
  };
  report(result, context.print);
  return result;
}

function compare(clip: Clip, whole: string | null, live: string): ClipAccuracy {
  const reference = normaliseWords(clip.text);
  const liveWords = normaliseWords(live);
  const wholeWords = whole === null ? null : normaliseWords(whole);
  return {
    ...{ id: clip.id, set: clip.set, seconds: clip.seconds, reference: clip.text, whole, live },
    wholeErrors: wholeWords && wordErrors(reference, wholeWords),
    liveErrors: wordErrors(reference, liveWords),
    changes: wholeWords ? describeChanges(wholeWords, liveWords) : '',
  };
}

function ofSet(set: string, clips: readonly ClipAccuracy[]): SetAccuracy {
  const whole = addErrors(clips.flatMap(({ wholeErrors }) => wholeErrors ?? []));
  const live = addErrors(clips.map(({ liveErrors }) => liveErrors));
  return { set, clips: clips.length, words: live.words, wholeWer: wordErrorRate(whole), liveWer: wordErrorRate(live) };
}

const difference = ({ wholeWer, liveWer }: SetAccuracy): number | null =>
  wholeWer === null || liveWer === null ? null : liveWer - wholeWer;

/** Streams a sample of the clips at real-time pace, a few sessions at a time. */
async function comparePaced(
  { wsUrl }: ServerUnderTest,
  clips: readonly Clip[],
  unpaced: ReadonlyMap<string, Streamed>,
  signal: AbortSignal,
): Promise<PacingResult> {
  const sample = pickClips(clips, PACED_CLIPS, PACED_CLIP_SECONDS.min, PACED_CLIP_SECONDS.max);
  let finals = 0;
  let differingFinals = 0;
  const waiting = [...sample];
  const work = async () => {
    for (let clip = waiting.shift(); clip !== undefined; clip = waiting.shift()) {
      const { heard } = await streamPaced(wsUrl, clip.pcm16, { chunkMs: 100, overflow: 'BLOCK', signal });
      const here = finalsOf({ heard });
      const there = finalsOf(unpaced.get(clip.id) ?? { heard: [] });
      finals += here.length;
      differingFinals += Math.max(here.length, there.length) - here.filter((each, i) => each === there[i]).length;
    }
  };
  await Promise.all(Array.from({ length: PACED_AT_A_TIME }, work));
  return { clips: sample.length, finals, differingFinals };
}

const finalsOf = ({ heard }: Pick<Streamed, 'heard'>): string[] =>
  heardOf(heard, 'final').map(({ message }) => `${message.start_ms}-${message.end_ms} ${message.text}`);

function report({ sets, overall, uncut, longer, clips, paced, goals }: AccuracyResult, print: (text: string) => void) {
  print('ACCURACY: word error rate in percent, the same normalisation for both');
  const rows = [...sets, overall, uncut, longer].map((each) => [
    ...[each.set, each.clips, each.words, fixed(each.wholeWer, 2), fixed(each.liveWer, 2)],
    fixed(difference(each), 2),
  ]);
  print(formatTable(['set', 'clips', 'words', 'whole', 'live', 'live-whole'], rows));
  const differing = clips.filter(({ changes }) => changes !== '');
  print(
    `\n${differing.length} of ${overall.clips} clips read otherwise live than as a whole (word errors whole/live):`,
  );
  for (const { id, wholeErrors, liveErrors, changes } of differing) {
    print(`  ${id}  ${wholeErrors && errorCount(wholeErrors)}/${errorCount(liveErrors)}  ${changes}`);
  }
  print(
    `\nReal-time pace against unpaced: ${paced.differingFinals} of ${paced.finals} finals differ (${paced.clips} clips).`,
  );
  printGoals(goals, print);
}
