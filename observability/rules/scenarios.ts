import { STAGES, type Stage } from '@verbatim/kit';

/** What a cluster of one process of each kind does, by the minute; absent is as usual. Times in seconds. */
export interface Conduct {
  /** False: nobody speaks. */
  readonly traffic?: boolean;
  /** How long every final text and all first words take. */
  readonly finalText?: number;
  readonly firstWords?: number;
  readonly stages?: Partial<Record<Stage, number>>;
  /** Errors that are ours, of 60 sessions. */
  readonly errors?: number;
  readonly lostAudio?: number;
  readonly refused?: number;
  readonly slowReaders?: number;
  readonly lag?: number;
  readonly transcriberUp?: 0 | 1;
  readonly natsUp?: 0 | 1;
  readonly redisUp?: 0 | 1;
  readonly storeErrors?: number;
  readonly eventLoop?: number;
  /** Of 40 slots. */
  readonly sessions?: number;
  readonly claimsQueued?: number;
  readonly takeovers?: number;
  readonly jobsFailed?: number;
  readonly undecodable?: number;
  readonly jobWait?: number;
}

/** A series of promtool's: its values from minute to minute. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

type Labels = Readonly<Record<string, string>>;

const MINUTES = 400;
const STAGE_SECONDS: Record<Stage, number> = {
  ...{ receive: 0.02, queue: 0.005, vad: 0.55, buffer: 0.001 },
  ...{ decode: 0.001, stabilise: 0.005, commit: 0.005, deliver: 0.005 },
};
const LATENCY = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.6, 0.75, 1, 2, 5, 10];
const WAITS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 600, 1_800];

const INGRESS = { job: 'verbatim-ingress', instance: 'ingress-1' };
const TRANSCRIBER = { job: 'verbatim-transcriber', instance: 'transcriber-1' };
const MEDIA = { job: 'verbatim-media', instance: 'media-1' };
const SESSION = { ...INGRESS, door: 'grpc', model: 'moonshine-tiny' };

const named = (name: string, labels: Labels): string =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')}}`;

const rising = (name: string, labels: Labels, perMinute: number): InputSeries => ({
  series: named(name, labels),
  values: `0+${perMinute}x${MINUTES}`,
});

const steady = (name: string, labels: Labels, value: number): InputSeries => ({
  series: named(name, labels),
  values: `${value}+0x${MINUTES}`,
});

/** A histogram whose observations all have the same value. */
const observed = (name: string, labels: Labels, value: number, perMinute: number, bounds: readonly number[]) => [
  ...[...bounds, Number.POSITIVE_INFINITY].map((bound) =>
    rising(
      `${name}_bucket`,
      { ...labels, le: bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound) },
      value <= bound ? perMinute : 0,
    ),
  ),
  rising(`${name}_count`, labels, perMinute),
  rising(`${name}_sum`, labels, perMinute * value),
];

/** The metrics of such a cluster, as far as rules ask for them. */
export const metricsOf = (conduct: Conduct): InputSeries[] => [
  ...(conduct.traffic === false ? [] : speech(conduct)),
  ...ofDoors(conduct),
  ...ofTranscribers(conduct),
  ...ofFiles(conduct),
  ...[INGRESS, MEDIA].map((process) => steady('up', process, 1)),
];

const speech = ({ finalText = 0.65, firstWords = 0.4, stages = {} }: Conduct): InputSeries[] => [
  ...observed('verbatim_final_seconds', SESSION, finalText, 6, LATENCY),
  ...observed('verbatim_first_partial_seconds', SESSION, firstWords, 6, LATENCY),
  ...STAGES.flatMap((stage) => {
    const process = stage === 'receive' || stage === 'deliver' ? INGRESS : TRANSCRIBER;
    const seconds = stages[stage] ?? STAGE_SECONDS[stage];
    return observed('verbatim_stage_duration_seconds', { ...process, stage, ended_by: 'silence' }, seconds, 6, LATENCY);
  }),
  rising('verbatim_sessions_opened_total', INGRESS, 60),
];

/** Mistakes of callers are always there, and are no reason for an alert. */
const ofDoors = ({ errors = 0, refused = 0, slowReaders = 0 }: Conduct): InputSeries[] => [
  rising('verbatim_errors_total', { ...INGRESS, door: 'grpc', code: 'unavailable' }, errors),
  rising('verbatim_errors_total', { ...INGRESS, door: 'grpc', code: 'invalid_argument' }, 30),
  rising('verbatim_sessions_refused_total', { ...INGRESS, code: 'no_capacity' }, refused),
  rising('verbatim_sessions_refused_total', { ...INGRESS, code: 'invalid_argument' }, 30),
  rising('verbatim_slow_readers_total', INGRESS, slowReaders),
];

const ofTranscribers = (conduct: Conduct): InputSeries[] => {
  const { lostAudio = 0, lag = 0.2, sessions = 10, claimsQueued = 0, takeovers = 0, storeErrors = 0 } = conduct;
  const { transcriberUp = 1, natsUp = 1, redisUp = 1, eventLoop = 0.015 } = conduct;
  const claims = { ...TRANSCRIBER, model: 'moonshine-tiny', kind: 'live' };
  return [
    steady('up', TRANSCRIBER, transcriberUp),
    steady('verbatim_nats_up', TRANSCRIBER, natsUp),
    steady('verbatim_redis_up', TRANSCRIBER, redisUp),
    steady('nodejs_eventloop_lag_p99_seconds', TRANSCRIBER, eventLoop),
    steady('verbatim_lag_seconds', TRANSCRIBER, lag),
    steady('verbatim_sessions', TRANSCRIBER, sessions),
    steady('verbatim_slots', TRANSCRIBER, 40),
    steady('verbatim_claims', { ...claims, state: 'queued' }, claimsQueued),
    steady('verbatim_claims', { ...claims, state: 'active' }, sessions),
    rising('verbatim_gap_seconds_total', { ...TRANSCRIBER, reason: 'overflow' }, lostAudio),
    rising('verbatim_takeovers_total', TRANSCRIBER, takeovers),
    rising('verbatim_store_errors_total', { ...TRANSCRIBER, operation: 'commit' }, storeErrors),
  ];
};

const ofFiles = ({ jobsFailed = 0, undecodable = 0, jobWait = 0.5 }: Conduct): InputSeries[] => [
  rising('verbatim_jobs_finished_total', { ...MEDIA, status: 'completed', code: '' }, 2),
  rising('verbatim_jobs_finished_total', { ...MEDIA, status: 'failed', code: 'internal' }, jobsFailed),
  rising('verbatim_jobs_finished_total', { ...MEDIA, status: 'failed', code: 'undecodable_audio' }, undecodable),
  rising('verbatim_ffmpeg_failures_total', { ...MEDIA, code: 'undecodable_audio' }, undecodable),
  ...observed('verbatim_job_wait_seconds', MEDIA, jobWait, 2, WAITS),
];
