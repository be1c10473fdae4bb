import { CONTEXT_SAMPLES, powerDb, WINDOW_SAMPLES } from '../audio-window.ts';
import type { DetectorJob, DetectorResult, DetectorState, VoiceDetector } from './voice-detector.ts';

/** Below this level nothing counts as speech, whatever the noise floor: -50 dB relative to full scale. */
const QUIET_DB = -50;
/** Speech stands this far above the noise floor: the probability is one half there and moves by the slope below. */
const MARGIN_DB = 12;
const SLOPE_DB = 2;
/** The floor falls at once to a quieter window and rises slowly, 3 dB a second, so that it survives long sentences. */
const RISE_DB_PER_WINDOW = 0.1;
const INITIAL_FLOOR_DB = -60;

/**
 * Energy against a slowly adapting noise floor: what is left when the Silero model cannot be loaded. It hears loud
 * noise as speech; the filters behind the engine must make up for that. State: the noise floor in dB.
 */
export class RmsDetector implements VoiceDetector {
  readonly name = 'rms-fallback';
  readonly alive = true;

  initialState(): DetectorState {
    return Float32Array.of(INITIAL_FLOOR_DB);
  }

  detect(job: DetectorJob): Promise<DetectorResult> {
    const windows = (job.pcm16.length - CONTEXT_SAMPLES) / WINDOW_SAMPLES;
    const probabilities = new Float32Array(windows);
    const states: DetectorState[] = [];
    let floor = job.state[0]!;
    for (let w = 0; w < windows; w++) {
      const from = CONTEXT_SAMPLES + w * WINDOW_SAMPLES;
      const level = powerDb(job.pcm16.subarray(from, from + WINDOW_SAMPLES));
      probabilities[w] = level < QUIET_DB ? 0 : 1 / (1 + Math.exp(-(level - floor - MARGIN_DB) / SLOPE_DB));
      floor = Math.max(-90, level < floor ? level : floor + RISE_DB_PER_WINDOW);
      states.push(Float32Array.of(floor));
    }
    return Promise.resolve({ probabilities, states });
  }

  async close(): Promise<void> {}
}
