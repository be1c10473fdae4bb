export type { DecodeResult } from './engines/engine.ts';
export * from './models/index.ts';
export type { FinalDraft, FinalTiming, RecognizerOutput } from './recognizer/output.ts';
export {
  REPLAY_SAMPLES,
  Recognizer,
  type RecognizerMark,
  type RecognizerSettings,
  type Restored,
} from './recognizer/recognizer.ts';
export type { EngineSource } from './scheduler/decode-pool.ts';
export type { DecodedBatch, SchedulerStats } from './scheduler/decode-scheduler.ts';
export { SpeechRuntime, type SpeechRuntimeOptions, type WarmUp } from './speech-runtime.ts';
export { WARM_UP_CLIP } from './warm-up-clip.ts';
