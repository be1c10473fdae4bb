import { type ClientEvent, SAMPLE_RATE, type Samples } from '@verbatim/contracts';

/** What a client waits for: the first words of an utterance, and its final text. */
export type Wait = 'first_partial' | 'final';

/** Audio whose arrival is remembered: longer than any utterance. */
const REMEMBERED: Samples = 60 * SAMPLE_RATE;

/**
 * How long a session's client waits, by this process' clock: from when the first sound of an utterance came in to when its first
 * words go out, and from its last sound, so with the silence that ends it, to its final text. Tells nothing of an utterance that
 * was cut at its greatest length, or whose audio another door took in.
 */
export class LatencyMeter {
  readonly #onWait: (wait: Wait, ms: number) => void;
  /** Of each chunk, in order: the sample behind it, and when it came. */
  #heads: Samples[] = [];
  #times: number[] = [];
  #startedAt: Samples | null = null;
  #endedAt: Samples[] = [];

  /** Of audio before it nothing is known. */
  #from: Samples;

  /** @param from the first sample that this door takes in */
  constructor(from: Samples, onWait: (wait: Wait, ms: number) => void) {
    this.#from = from;
    this.#onWait = onWait;
  }

  /** All audio before `head` has come in, at `now`. */
  received(head: Samples, now: number): void {
    if (head <= (this.#heads.at(-1) ?? 0)) return;
    this.#heads.push(head);
    this.#times.push(now);
    if (this.#heads[0]! >= head - 2 * REMEMBERED) return;
    this.#forgetBefore(head - REMEMBERED);
  }

  /** An event goes out to the client, at `now`. */
  delivered(event: ClientEvent, now: number): void {
    switch (event.type) {
      case 'speech_started':
        this.#startedAt = event.at;
        return;
      case 'speech_ended':
        this.#endedAt.push(event.at);
        return;
      case 'partial':
        this.#firstWords(now);
        return;
      case 'final': {
        // Of a short utterance they are the first words; where the next one has begun before they come, they are not its.
        if (this.#startedAt !== null && this.#startedAt <= event.end) this.#firstWords(now);
        const ended = this.#endedAt.filter((at) => at > event.start && at <= event.end).at(-1);
        if (ended !== undefined) this.#tell('final', ended, now);
        this.#endedAt = this.#endedAt.filter((at) => at > event.end);
        return;
      }
      case 'suppressed':
        if (this.#startedAt !== null && this.#startedAt <= event.end) this.#startedAt = null;
        this.#endedAt = this.#endedAt.filter((at) => at > event.end);
        return;
    }
  }

  #firstWords(now: number): void {
    if (this.#startedAt === null) return;
    this.#tell('first_partial', this.#startedAt, now);
    this.#startedAt = null;
  }

  #tell(wait: Wait, sample: Samples, now: number): void {
    const came = this.#cameAt(sample);
    if (came !== null) this.#onWait(wait, now - came);
  }

  /** When the chunk with `sample` in it came; null where that is not known. */
  #cameAt(sample: Samples): number | null {
    if (sample < this.#from) return null;
    let low = 0;
    let high = this.#heads.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#heads[middle]! > sample) high = middle;
      else low = middle + 1;
    }
    return this.#times[low] ?? null;
  }

  #forgetBefore(sample: Samples): void {
    this.#from = sample;
    const from = this.#heads.findIndex((head) => head > sample);
    this.#heads = this.#heads.slice(from);
    this.#times = this.#times.slice(from);
  }
}
