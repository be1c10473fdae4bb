import { setTimeout as sleep } from 'node:timers/promises';
import { writeWav } from '@verbatim/audio';
import { FilesClient, type JobBody } from '../support/files-client.ts';
import { converted, hasFfmpeg } from '../support/media-files.ts';
import { normaliseWords } from '../support/normalise-words.ts';
import { addErrors, type WordErrors, wordErrorRate, wordErrors } from '../support/word-alignment.ts';
import { atMost, type BenchContext, type Goal, printGoals } from './context.ts';
import type { Clip } from './corpus.ts';
import { type LevelResult, type ReferenceTrack, runLevel } from './scale-level.ts';
import { ServerUnderTest } from './server-under-test.ts';
import { quantile } from './statistics.ts';
import { fixed, formatTable } from './table.ts';
import { mixedTrack, type Track } from './track.ts';
import { LONGEST_WHOLE_SECONDS, wholeTexts } from './whole-texts.ts';

interface JobSpeed {
  readonly kind: string;
  readonly jobs: number;
  /** Of all files together. */
  readonly audioSeconds: number;
  /** From the first byte of the first upload to the end of the last job. */
  readonly seconds: number;
  /** Hours of audio in an hour. */
  readonly timesRealTime: number;
  /** From the answer to the upload to the first segment of text, of the first file, in milliseconds. */
  readonly firstSegmentMs: number | null;
}

interface LiveBesideJobs {
  readonly jobs: number;
  /** Final latencies, in milliseconds: speech end to final. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly finals: number;
  readonly gaps: number;
  /** Audio that the jobs got through meanwhile, as a multiple of real time. */
  readonly jobsTimesRealTime: number | null;
}

interface JobAccuracy {
  readonly set: string;
  readonly files: number;
  readonly words: number;
  /** Percent; null where a file is too long to be decoded as a whole. */
  readonly wholeWer: number | null;
  readonly jobWer: number | null;
}

export interface JobsResult {
  readonly speed: readonly JobSpeed[];
  readonly live: readonly LiveBesideJobs[];
  readonly accuracy: readonly JobAccuracy[];
  readonly goals: readonly Goal[];
}

/** A file to measure the speed with. */
const FILE_SECONDS = 1_200;
/** Talk, with the pauses of talk. */
const SPEECH_SHARE = 0.75;
const CLIP_SECONDS = { min: 1, max: 15 };
const LIVE_SESSIONS = 10;
const LIVE_SECONDS = 45;
/** Each side of the comparison has as many turns, one after the other: noise of the machine meets both. */
const TURNS = 2;
const JOBS_BESIDE_LIVE = 4;
const FIRST_LOOK_MS = 5;
const DEADLINE_MS = 600_000;
/** Files longer than this count as long. */
const LONG_SECONDS = 10;

const MONO = { encoding: 'linear16', sampleRateHertz: 16_000, channelCount: 1 } as const;

/** How fast files become text, what that costs live sessions, and how well it is read. */
export async function benchJobs(context: BenchContext): Promise<JobsResult> {
  const { corpus, note, options } = context;
  const clips = corpus.clips.filter(({ seconds }) => seconds >= CLIP_SECONDS.min && seconds <= CLIP_SECONDS.max);
  const tracks = Array.from({ length: JOBS_BESIDE_LIVE }, (_, i) =>
    mixedTrack(clips, { seconds: FILE_SECONDS, speechShare: SPEECH_SHARE, seed: 100 + i }),
  );
  note('jobs: decoding whole clips for comparison');
  const whole = await wholeTexts(context);
  await using server = await ServerUnderTest.start({ ...context, cpuProfiles: options.cpuProfiles });
  const files = new FilesClient(server.wsUrl.replace(/^ws/, 'http').replace(/\/v1\/.*$/, ''));
  const speed = await measureSpeed(files, tracks, note);
  const accuracy = await measureAccuracy(files, corpus.clips, whole, note);
  const live = await measureLive(server, files, tracks, clips, context);
  const [alone, beside] = live;
  const ratio = alone?.p95 && beside?.p95 ? beside.p95 / alone.p95 : null;
  const [long] = accuracy;
  const difference = long?.wholeWer == null || long.jobWer === null ? null : long.jobWer - long.wholeWer;
  const goals = [
    atMost('live final p95 with 4 jobs beside, against none', ratio, 1.3, 'times'),
    atMost('WER of long files above that of whole utterances', difference, 0.5, 'points'),
  ];
  const result: JobsResult = { speed, live, accuracy, goals };
  report(result, context.print);
  return result;
}

const wavOf = (pcm16: Int16Array): Uint8Array => writeWav(MONO, pcm16);

async function measureSpeed(files: FilesClient, tracks: readonly Track[], note: (text: string) => void) {
  const [first] = tracks;
  const wav = wavOf(first!.pcm16);
  const kinds: [string, Uint8Array, number][] = [
    ['WAV', wav, 1],
    ...(hasFfmpeg
      ? (['mp3', 'flac', 'm4a'] as const).map((kind): [string, Uint8Array, number] => [kind, converted(wav, kind), 1])
      : []),
    ['WAV', wav, JOBS_BESIDE_LIVE],
  ];
  const speeds: JobSpeed[] = [];
  for (const [kind, file, jobs] of kinds) {
    note(`jobs: ${jobs} × ${FILE_SECONDS / 60} min of ${kind}`);
    const began = performance.now();
    const created = await Promise.all(
      Array.from({ length: jobs }, () => files.create(file, { name: `a.${kind.toLowerCase()}` })),
    );
    const answered = performance.now();
    const firstSegmentMs = await untilFirstSegment(files, created[0]!).then((at) => at - answered);
    const done = await Promise.all(created.map((job) => files.finished(job, DEADLINE_MS)));
    const seconds = (performance.now() - began) / 1_000;
    for (const { status, error } of done)
      if (status !== 'completed') throw new Error(`A job failed: ${error?.message}`);
    const audioSeconds = FILE_SECONDS * jobs;
    speeds.push({ kind, jobs, audioSeconds, seconds, timesRealTime: audioSeconds / seconds, firstSegmentMs });
    await Promise.all(created.map(({ job_id }) => files.call('DELETE', `/${job_id}`)));
  }
  return speeds;
}

async function untilFirstSegment(files: FilesClient, { job_id }: JobBody): Promise<number> {
  for (;;) {
    const response = await files.call('GET', `/${job_id}/result?partial=true`);
    const { segments } = (await response.json()) as { segments?: readonly unknown[] };
    if (segments !== undefined && segments.length > 0) return performance.now();
    await sleep(FIRST_LOOK_MS);
  }
}

async function measureAccuracy(
  files: FilesClient,
  clips: readonly Clip[],
  whole: readonly (string | null)[],
  note: (text: string) => void,
): Promise<JobAccuracy[]> {
  note(`jobs: ${clips.length} clips as files`);
  const read: { clip: Clip; whole: WordErrors | null; job: WordErrors }[] = [];
  for (const [index, clip] of clips.entries()) {
    const { result } = await files.finished(await files.create(wavOf(clip.pcm16)));
    const reference = normaliseWords(clip.text);
    const alone = whole[index] ?? null;
    read.push({
      clip,
      whole: alone === null ? null : wordErrors(reference, normaliseWords(alone)),
      job: wordErrors(reference, normaliseWords(result?.text ?? '')),
    });
  }
  const ofSet = (set: string, members: typeof read): JobAccuracy => {
    const job = addErrors(members.map((member) => member.job));
    const wholes = members.flatMap((member) => member.whole ?? []);
    return {
      set,
      files: members.length,
      words: job.words,
      wholeWer: wholes.length === members.length && wholes.length > 0 ? wordErrorRate(addErrors(wholes)) : null,
      jobWer: wordErrorRate(job),
    };
  };
  const isWhole = ({ clip }: { clip: Clip }) => clip.seconds <= LONGEST_WHOLE_SECONDS;
  return [
    ofSet(
      `${LONG_SECONDS} to ${LONGEST_WHOLE_SECONDS} s`,
      read.filter((each) => isWhole(each) && each.clip.seconds >= LONG_SECONDS),
    ),
    ofSet(
      `longer than ${LONGEST_WHOLE_SECONDS} s`,
      read.filter((each) => !isWhole(each)),
    ),
    ofSet(`all up to ${LONGEST_WHOLE_SECONDS} s`, read.filter(isWhole)),
  ].filter((set) => set.files > 0);
}

async function measureLive(
  server: ServerUnderTest,
  files: FilesClient,
  jobTracks: readonly Track[],
  clips: readonly Clip[],
  { options, note, signal }: BenchContext,
): Promise<LiveBesideJobs[]> {
  const tracks: ReferenceTrack[] = Array.from({ length: LIVE_SESSIONS }, (_, i) => ({
    ...mixedTrack(clips, { seconds: LIVE_SECONDS, speechShare: options.speechShare, seed: i + 1 }),
    texts: [],
  }));
  const levels: Record<'alone' | 'beside', LevelResult[]> = { alone: [], beside: [] };
  const rates: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    note(`jobs: ${LIVE_SESSIONS} live sessions alone, and with ${JOBS_BESIDE_LIVE} jobs (${turn + 1} of ${TURNS})`);
    levels.alone.push(await runLevel(server, tracks, LIVE_SESSIONS, LIVE_SECONDS, signal));
    const load = startLoad(files, jobTracks);
    const began = performance.now();
    levels.beside.push(await runLevel(server, tracks, LIVE_SESSIONS, LIVE_SECONDS, signal));
    rates.push((await load.stop()) / ((performance.now() - began) / 1_000));
  }
  const summary = (jobs: number, results: readonly LevelResult[], rate: number | null): LiveBesideJobs => ({
    jobs,
    p50: quantile(
      results.flatMap(({ finalMs }) => finalMs?.p50 ?? []),
      0.5,
    ),
    p95: quantile(
      results.flatMap(({ finalMs }) => finalMs?.p95 ?? []),
      0.5,
    ),
    finals: results.reduce((sum, { finalMs }) => sum + (finalMs?.count ?? 0), 0),
    gaps: results.reduce((sum, { gaps }) => sum + gaps, 0),
    jobsTimesRealTime: rate,
  });
  return [summary(0, levels.alone, null), summary(JOBS_BESIDE_LIVE, levels.beside, quantile(rates, 0.5))];
}

/** Keeps as many jobs running as there are tracks; `stop` gives the seconds of audio that they got through. */
function startLoad(files: FilesClient, tracks: readonly Track[]): { stop(): Promise<number> } {
  let running = true;
  let seconds = 0;
  const loops = tracks.map(async ({ pcm16 }) => {
    const wav = wavOf(pcm16);
    while (running) {
      const { job_id } = await files.create(wav);
      let progress = 0;
      while (running && progress < 1) {
        await sleep(100);
        progress = (await files.get(job_id)).progress;
      }
      seconds += progress * FILE_SECONDS;
      await files.call('DELETE', `/${job_id}`);
    }
  });
  return {
    async stop() {
      running = false;
      await Promise.all(loops);
      return seconds;
    },
  };
}

function report({ speed, live, accuracy, goals }: JobsResult, print: (text: string) => void): void {
  print(`JOBS: files of ${FILE_SECONDS / 60} min, ${SPEECH_SHARE * 100}% speech; one process`);
  print(
    formatTable(
      ['files at a time', 'seconds', 'hours of audio an hour', 'first segment after, ms'],
      speed.map(({ kind, jobs, seconds, timesRealTime, firstSegmentMs }) => [
        `${jobs} × ${kind}`,
        fixed(seconds, 1),
        fixed(timesRealTime, 1),
        fixed(firstSegmentMs),
      ]),
    ),
  );
  print(`\n${LIVE_SESSIONS} live sessions, in ${TURNS} turns each of ${LIVE_SECONDS} s; speech end to final, ms`);
  print(
    formatTable(
      ['jobs beside', 'finals', 'p50', 'p95', 'gaps', 'jobs, × real time'],
      live.map(({ jobs, finals, p50, p95, gaps, jobsTimesRealTime }) => [
        jobs,
        finals,
        fixed(p50),
        fixed(p95),
        gaps,
        fixed(jobsTimesRealTime, 1),
      ]),
    ),
  );
  print('\nWord errors, percent');
  print(
    formatTable(
      ['files', 'count', 'words', 'decoded as a whole', 'as a job'],
      accuracy.map(({ set, files, words, wholeWer, jobWer }) => [
        set,
        files,
        words,
        fixed(wholeWer, 2),
        fixed(jobWer, 2),
      ]),
    ),
  );
  printGoals(goals, print);
}
