import { type OverflowPolicy, SAMPLE_RATE, type Samples } from '@verbatim/contracts';

/**
 * How much audio may be under way: up to `bufferMaxSeconds` received and not yet decoded lies in the audio log; what
 * comes on top waits in memory, where it can still be dropped. Pure arithmetic on the three positions it is told.
 */
export class FlowControl {
  readonly #policy: OverflowPolicy;
  readonly #window: Samples;
  #decoded: Samples;
  #logged: Samples;
  #queued: Samples = 0;

  /** `head`: where the audio log ends when the session is attached; all before it counts as decoded until told otherwise. */
  constructor(policy: OverflowPolicy, bufferMaxSeconds: number, head: Samples) {
    this.#policy = policy;
    this.#window = bufferMaxSeconds * SAMPLE_RATE;
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
  }

  dropped(samples: number): void {
    this.#queued -= samples;
  }

  /** Whether the next queued chunk may go to the audio log. */
  get mayLog(): boolean {
    return this.#logged - this.#decoded < this.#window;
  }

  /** Whether the client may send more. */
  get maySend(): boolean {
    return this.#policy === 'drop_oldest' || this.#logged + this.#queued - this.#decoded <= this.#window;
  }

  /** Samples to drop from the queue's old end: what is over half a window, under `drop_oldest` only. */
  get excess(): number {
    return this.#policy === 'drop_oldest' ? Math.max(0, this.#queued - this.#window / 2) : 0;
  }
}
