import { type Clock, SAMPLE_RATE, systemClock } from '@verbatim/contracts';
import type { DecodeResult, DecodeWishes } from './engines/engine.ts';
import { ENGINE_TRAITS } from './engines/traits.ts';
import type { RecognizerOutput } from './recognizer/output.ts';
import { type EngineTraits, Recognizer, type RecognizerSettings, type Restored } from './recognizer/recognizer.ts';
import { type DecodePool, type EngineSource, newAbortion, WorkerDecodePool } from './scheduler/decode-pool.ts';
import { type DecodedBatch, DecodeScheduler, type SchedulerStats } from './scheduler/decode-scheduler.ts';
import { estimateSlots } from './scheduler/estimate-slots.ts';
import { startVoiceDetector } from './vad/voice-detection.ts';
import type { VoiceDetector } from './vad/voice-detector.ts';

export interface SpeechRuntimeOptions {
  readonly engine: EngineSource;
  /** Decode worker threads, each with an engine of its own. Default 2. */
  readonly workers?: number;
  /** Another Silero graph than the one in the npm package. */
  readonly detectorFile?: string;
  readonly clock?: Clock;
  /** Hears of what went wrong without stopping the product, in a sentence. */
  readonly onWarning?: (message: string, error: Error) => void;
}

/** Decodes that are timed at warm-up. The fastest counts: the others were in the way of something else. */
const WARM_UP_ROUNDS = 5;

/** What the warm-up showed. */
export interface WarmUp {
  readonly text: string;
  readonly audioSeconds: number;
  /** Milliseconds from request to text at best, once every worker is warm. */
  readonly decodeMs: number;
}

/** The engines and detectors of one process, and the recognisers that share them. */
export class SpeechRuntime implements AsyncDisposable {
  readonly #pool: DecodePool;
  readonly #scheduler: DecodeScheduler;
  readonly #detector: VoiceDetector;
  readonly #clock: Clock;
  readonly #traits: EngineTraits;
  #wholes = 0;

  private constructor(pool: DecodePool, detector: VoiceDetector, clock: Clock, family: EngineSource['family']) {
    this.#pool = pool;
    this.#detector = detector;
    this.#clock = clock;
    this.#traits = ENGINE_TRAITS[family];
    this.#scheduler = new DecodeScheduler(pool, clock);
  }

  /** Loads the engine into its workers. Rejects if it cannot be loaded; a missing voice detector is only a warning. */
  static async start(options: SpeechRuntimeOptions): Promise<SpeechRuntime> {
    const warn = options.onWarning ?? (() => {});
    const clock = options.clock ?? systemClock;
    const [pool, detection] = await Promise.allSettled([
      WorkerDecodePool.start(options.workers ?? 2, options.engine, (error) => warn('A decode worker died.', error)),
      startVoiceDetector(options.detectorFile),
    ]);
    if (pool.status === 'rejected' || detection.status === 'rejected') {
      if (pool.status === 'fulfilled') await pool.value.close();
      if (detection.status === 'fulfilled') await detection.value.detector.close();
      throw pool.status === 'rejected' ? pool.reason : (detection as PromiseRejectedResult).reason;
    }
    const { detector, problem } = detection.value;
    if (problem !== null) warn('Silero VAD could not be loaded; speech is told from silence by energy alone.', problem);
    return new SpeechRuntime(pool.value, detector, clock, options.engine.family);
  }

  /** Which detector is at work: the fallback hears loud noise as speech. */
  get detectorName(): VoiceDetector['name'] {
    return this.#detector.name;
  }

  /** Whether its parts can work now: decode workers that are there of those there should be, and the detector. */
  get health(): { readonly workers: number; readonly alive: number; readonly detector: boolean } {
    return { workers: this.#pool.size, alive: this.#pool.alive, detector: this.#detector.alive };
  }

  /** A recogniser for one session; stop() it or let its audio end. */
  recognizer(settings: RecognizerSettings, emit: (output: RecognizerOutput) => void, restored?: Restored): Recognizer {
    const parts = { detector: this.#detector, scheduler: this.#scheduler, clock: this.#clock, ...this.#traits };
    return new Recognizer(parts, settings, emit, restored);
  }

  /** Decodes a stretch of speech as a whole: no voice detection, no partials. `pcm16`: 16 kHz mono. */
  async decode(pcm16: Int16Array, wishes: DecodeWishes = {}): Promise<DecodeResult> {
    const sessionId = `whole-${this.#wholes++}`;
    const result = await this.#scheduler.submit({ sessionId, kind: 'final', pcm16, ...wishes }).result;
    this.#scheduler.forget(sessionId);
    if (result === null) throw new Error('The decode was cancelled.');
    return result;
  }

  /** Runs `pcm16` through every worker, so that first users meet warm engines, and then times its decode. */
  async warmUp(pcm16: Int16Array): Promise<WarmUp> {
    await Promise.all(
      Array.from({ length: this.#pool.size }, () => this.#pool.decode([{ pcm16, abortion: newAbortion() }])),
    );
    let best = Number.POSITIVE_INFINITY;
    let text = '';
    for (let round = 0; round < WARM_UP_ROUNDS; round++) {
      const began = this.#clock.now();
      ({ text } = await this.decode(pcm16));
      best = Math.min(best, this.#clock.now() - began);
    }
    return { text, audioSeconds: pcm16.length / SAMPLE_RATE, decodeMs: best };
  }

  /** Live sessions that this machine should carry, by its own warm-up. */
  slots(warmUp: WarmUp): number {
    return estimateSlots(warmUp, this.#pool.size);
  }

  /** Tells of each batch that is decoded from now on. */
  observe(onBatch: (batch: DecodedBatch) => void): void {
    this.#scheduler.observe(onBatch);
  }

  stats(): SchedulerStats {
    return this.#scheduler.stats();
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#detector.close()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
