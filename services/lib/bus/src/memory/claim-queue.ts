import type { Clock, TraceContext } from '@verbatim/contracts';
import type { Claim, ClaimQueue } from '../ports.ts';
import type { QueueKind } from '../queue-kind.ts';
import type { SlotPool } from '../slot-pool.ts';

export interface MemoryClaimQueueOptions {
  readonly clock: Clock;
  /** Milliseconds without a heartbeat after which a claim is lost. */
  readonly ackWaitMs: number;
}

interface Offer<T> {
  readonly spec: T;
  readonly id: string;
  readonly lane: string;
  /** Its place in the queue, also when it comes back. */
  readonly order: number;
  readonly trace: TraceContext | undefined;
  hold: Hold | null;
}

interface Held<T> {
  readonly offer: Offer<T>;
  readonly hold: Hold;
}

/** Ends when the holder finishes, hands over, falls silent or loses the offer; whatever comes first. */
interface Hold {
  readonly lost: AbortController;
  stopTimer: () => void;
}

interface Lane<T> {
  readonly waiting: Offer<T>[];
  readonly takers: ((held: Held<T> | null) => void)[];
  active: number;
}

/**
 * The claim queue inside one process. Offers and takers are served first come, first served; an offer that comes back
 * takes its old place. A holder lives as long as the process, so an offer of what is held changes nothing.
 */
export class MemoryClaimQueue<T> implements ClaimQueue<T> {
  readonly #kind: QueueKind<T>;
  readonly #options: MemoryClaimQueueOptions;
  readonly #offers = new Map<string, Offer<T>>();
  readonly #lanes = new Map<string, Lane<T>>();
  #lastOrder = 0;

  constructor(kind: QueueKind<T>, options: MemoryClaimQueueOptions) {
    this.#kind = kind;
    this.#options = options;
  }

  /** What is queued or held, and lanes with a queue or a taker. */
  get size(): { readonly offers: number; readonly lanes: number } {
    return { offers: this.#offers.size, lanes: this.#lanes.size };
  }

  async offer(spec: T, trace?: TraceContext): Promise<void> {
    const id = this.#kind.idOf(spec);
    if (this.#offers.has(id)) return;
    const lane = this.#kind.laneOf(spec);
    const offer: Offer<T> = { spec, id, lane, order: ++this.#lastOrder, trace, hold: null };
    this.#offers.set(id, offer);
    this.#enqueue(offer);
  }

  async withdraw(id: string): Promise<void> {
    const offer = this.#offers.get(id);
    if (offer === undefined) return;
    this.#offers.delete(id);
    if (offer.hold === null) {
      const { waiting } = this.#lane(offer.lane);
      waiting.splice(waiting.indexOf(offer), 1);
      this.#forgetIfUnused(offer.lane);
    } else {
      this.#loseHold(offer, offer.hold, `The offer of ${this.#kind.noun} ${id} was withdrawn.`);
    }
  }

  async *take(lane: string, slots: SlotPool, signal: AbortSignal): AsyncGenerator<Claim<T>, void, undefined> {
    while (!signal.aborted) {
      try {
        await slots.acquire(signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      const claim = await this.#nextClaim(lane, signal);
      if (claim === null) {
        slots.release();
        return;
      }
      yield claim;
    }
  }

  async depth(lane: string): Promise<{ readonly queued: number; readonly active: number }> {
    const queue = this.#lanes.get(lane);
    return { queued: queue?.waiting.length ?? 0, active: queue?.active ?? 0 };
  }

  /** Withdraws every offer and ends every taker. */
  async close(): Promise<void> {
    for (const id of [...this.#offers.keys()]) await this.withdraw(id);
    for (const { takers } of [...this.#lanes.values()]) for (const give of takers.splice(0)) give(null);
    this.#lanes.clear();
  }

  /** The next claim for a taker; null when the taker stopped first. */
  async #nextClaim(lane: string, signal: AbortSignal): Promise<Claim<T> | null> {
    while (!signal.aborted) {
      const held = await this.#nextHeld(lane, signal);
      if (held === null) return null;
      const claim = this.#claim(held);
      if (signal.aborted) await claim.release();
      else if (!claim.lost.aborted) return claim;
    }
    return null;
  }

  /** Resolves with an offer that is held already, so that nobody else can get it in between. */
  #nextHeld(lane: string, signal: AbortSignal): Promise<Held<T> | null> {
    const queue = this.#lane(lane);
    const offer = queue.waiting.shift();
    if (offer !== undefined) return Promise.resolve(this.#hold(offer));
    return new Promise((resolve) => {
      const give = (given: Held<T> | null) => {
        signal.removeEventListener('abort', stop);
        resolve(given);
      };
      const stop = () => {
        queue.takers.splice(queue.takers.indexOf(give), 1);
        this.#forgetIfUnused(lane);
        give(null);
      };
      queue.takers.push(give);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  #hold(offer: Offer<T>): Held<T> {
    const hold: Hold = { lost: new AbortController(), stopTimer: () => {} };
    offer.hold = hold;
    this.#lane(offer.lane).active++;
    this.#restartTimer(offer, hold);
    return { offer, hold };
  }

  #claim({ offer, hold }: Held<T>): Claim<T> {
    const whileHeld = (act: () => void) => async () => {
      if (offer.hold === hold) act();
    };
    return {
      spec: offer.spec,
      trace: offer.trace,
      lost: hold.lost.signal,
      heartbeat: whileHeld(() => this.#restartTimer(offer, hold)),
      release: whileHeld(() => {
        this.#endHold(offer, hold);
        this.#enqueue(offer);
      }),
      done: whileHeld(() => {
        this.#offers.delete(offer.id);
        this.#endHold(offer, hold);
      }),
    };
  }

  #restartTimer(offer: Offer<T>, hold: Hold): void {
    hold.stopTimer();
    hold.stopTimer = this.#options.clock.after(this.#options.ackWaitMs, () => this.#expire(offer, hold));
  }

  #expire(offer: Offer<T>, hold: Hold): void {
    const silence = `The ${this.#kind.noun} ${offer.id} had no heartbeat for ${this.#options.ackWaitMs} ms.`;
    this.#loseHold(offer, hold, silence);
    this.#enqueue(offer);
  }

  #loseHold(offer: Offer<T>, hold: Hold, reason: string): void {
    this.#endHold(offer, hold);
    hold.lost.abort(new Error(reason));
  }

  #endHold(offer: Offer<T>, hold: Hold): void {
    hold.stopTimer();
    offer.hold = null;
    this.#lane(offer.lane).active--;
    this.#forgetIfUnused(offer.lane);
  }

  #enqueue(offer: Offer<T>): void {
    const { waiting, takers } = this.#lane(offer.lane);
    const give = takers.shift();
    if (give !== undefined) give(this.#hold(offer));
    else waiting.splice(waiting.findLastIndex((other) => other.order < offer.order) + 1, 0, offer);
  }

  #lane(lane: string): Lane<T> {
    const known = this.#lanes.get(lane);
    if (known !== undefined) return known;
    const queue: Lane<T> = { waiting: [], takers: [], active: 0 };
    this.#lanes.set(lane, queue);
    return queue;
  }

  #forgetIfUnused(lane: string): void {
    const queue = this.#lanes.get(lane);
    if (queue?.waiting.length === 0 && queue.takers.length === 0 && queue.active === 0) this.#lanes.delete(lane);
  }
}
