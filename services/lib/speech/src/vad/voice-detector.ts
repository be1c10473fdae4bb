/** What a detector remembers of a session between windows; opaque to callers, JSON- and copy-friendly. */
export type DetectorState = Float32Array;

/** Consecutive windows of one session. */
export interface DetectorJob {
  /** 64 samples of context, then n windows of 512 samples, 16 kHz mono. */
  readonly pcm16: Int16Array;
  readonly state: DetectorState;
}

export interface DetectorResult {
  /** Speech probability of each window, 0 to 1. */
  readonly probabilities: Float32Array;
  /** The state after each window. */
  readonly states: readonly DetectorState[];
}

/** Tells speech from everything else, window by window. */
export interface VoiceDetector {
  readonly name: 'silero' | 'rms-fallback';
  /** False while it cannot work. */
  readonly alive: boolean;
  initialState(): DetectorState;
  detect(job: DetectorJob): Promise<DetectorResult>;
  close(): Promise<void>;
}
