import { type OverflowPolicy, SAMPLE_RATE, type Samples } from '@verbatim/contracts';

/** Audio that may wait in memory while the audio log does not answer, in seconds: a server gets ten to come back. */
const OUTAGE_SECONDS = 12;
/** Silero's window at 16 kHz: less than this waits for more. */
const DETECTOR_WINDOW: Samples = 512;
/** What may come in while a backlog drains, in seconds, before that counts as falling behind again. */
const SLACK_SECONDS = 1;

/**
 * How much audio may be under way: up to `bufferMaxSeconds` received and not yet decoded lies in the audio log; what
 * comes on top waits in memory, where it can still be dropped. Pure arithmetic on the three positions it is told.
 */
export class FlowControl {
  readonly #policy: OverflowPolicy;
  readonly #window: Samples;
  /** What may wait in memory before the oldest is dropped. */
  #patience: Samples;
  #decoded: Samples;
  #logged: Samples;
  #queued: Samples = 0;

  /** `head`: where the audio log ends when the session is attached; all before it counts as decoded until told otherwise. */
  constructor(policy: OverflowPolicy, bufferMaxSeconds: number, head: Samples) {
    this.#policy = policy;
    this.#window = bufferMaxSeconds * SAMPLE_RATE;
    this.#patience = this.#window / 2;
    this.#decoded = head;
    this.#logged = head;
  }

  /** What the owner says it has decoded. It may go back: a new owner replays. */
  decoded(sample: Samples): void {
    this.#decoded = sample;
  }

  queued(samples: number): void {
    this.#queued += samples;
  }

  /** `samples` moved from the queue to the audio log, whose head is now `head`. */
  logged(samples: number, head: Samples): void {
    this.#queued -= samples;
    this.#logged = head;
    const draining = Math.min(this.#patience, this.#queued + SLACK_SECONDS * SAMPLE_RATE);
    this.#patience = Math.max(this.#window / 2, draining);
  }

  dropped(samples: number): void {
    this.#queued -= samples;
  }

  /** The audio log does not answer: what comes in meanwhile is no sign that decoding falls behind, and is kept. */
  stalled(): void {
    this.#patience = Math.max(this.#patience, OUTAGE_SECONDS * SAMPLE_RATE);
  }

  /** Whether there is anything to decode: what is left of a voice detector's window does not count. */
  get behind(): boolean {
    return this.#lag >= DETECTOR_WINDOW;
  }

  /** Whether the next queued chunk may go to the audio log. */
  get mayLog(): boolean {
    return this.#lag < this.#window;
  }

  /** Whether the client may send more. */
  get maySend(): boolean {
    return this.#policy === 'drop_oldest' || this.#queued + this.#lag <= this.#window;
  }

  /** Samples to drop from the queue's old end, under `drop_oldest` only: what is over half a window, or over an outage's worth. */
  get excess(): number {
    return this.#policy === 'drop_oldest' ? Math.max(0, this.#queued - this.#patience) : 0;
  }

  /** Audio logged and not decoded. */
  get #lag(): Samples {
    return this.#logged - this.#decoded;
  }
}
