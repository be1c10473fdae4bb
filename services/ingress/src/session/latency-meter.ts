import { type Samples, SampleTimes, type SessionEvent } from '@verbatim/contracts';
import type { StageSpan } from '@verbatim/kit';

/** A wait of a client that is over; moments in milliseconds since 1970. */
export type Wait =
  | { readonly type: 'first_partial'; readonly from: number; readonly to: number }
  /** `receive` is what of it the door took to put the last sound into the audio log. */
  | { readonly type: 'final'; readonly from: number; readonly to: number; readonly receive: StageSpan };

/**
 * How long a session's client waits, by this process' clock: from when the first sound of an utterance came in to when its first
 * words go out, and from its last sound, so with the silence that ends it, to its final text. Tells nothing of an utterance that
 * was cut at its greatest length, or whose audio another door took in.
 */
export class LatencyMeter {
  readonly #received: SampleTimes;
  readonly #logged: SampleTimes;
  #startedAt: Samples | null = null;
  #endedAt: Samples[] = [];

  /** @param from the first sample that this door takes in */
  constructor(from: Samples) {
    this.#received = new SampleTimes(from);
    this.#logged = new SampleTimes(from);
  }

  /** All audio before `head` has come in, at `now`. */
  received(head: Samples, now: number): void {
    this.#received.passed(head, now);
  }

  /** All audio before `head` is in the audio log, at `now`. */
  logged(head: Samples, now: number): void {
    this.#logged.passed(head, now);
  }

  /** An event goes out to the client, at `now`; returns the waits that end with it. */
  delivered(event: SessionEvent, now: number): Wait[] {
    switch (event.type) {
      case 'speech_started':
        this.#startedAt = event.at;
        return [];
      case 'speech_ended':
        this.#endedAt.push(event.at);
        return [];
      case 'partial':
        return this.#firstWords(now);
      case 'final': {
        // Of a short utterance they are the first words; where the next one has begun before they come, they are not its.
        const first = this.#startedAt !== null && this.#startedAt <= event.end ? this.#firstWords(now) : [];
        const ended = this.#endedAt.filter((at) => at > event.start && at <= event.end).at(-1);
        this.#endedAt = this.#endedAt.filter((at) => at > event.end);
        return [...first, ...(ended === undefined ? [] : this.#finalText(ended, now))];
      }
      case 'suppressed':
        if (this.#startedAt !== null && this.#startedAt <= event.end) this.#startedAt = null;
        this.#endedAt = this.#endedAt.filter((at) => at > event.end);
        return [];
      default:
        return [];
    }
  }

  #firstWords(now: number): Wait[] {
    const from = this.#startedAt === null ? null : this.#received.of(this.#startedAt);
    this.#startedAt = null;
    return from === null ? [] : [{ type: 'first_partial', from, to: now }];
  }

  /** @param ended the sample behind the last sound */
  #finalText(ended: Samples, now: number): Wait[] {
    const from = this.#received.of(ended - 1);
    if (from === null) return [];
    const logged = this.#logged.of(ended - 1) ?? from;
    return [{ type: 'final', from, to: now, receive: { stage: 'receive', from, to: logged } }];
  }
}
