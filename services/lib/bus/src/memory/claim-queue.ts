import type { Clock, SessionSpec } from '@verbatim/contracts';
import type { Claim, ClaimQueue } from '../ports.ts';
import type { SlotPool } from '../slot-pool.ts';

export interface MemoryClaimQueueOptions {
  readonly clock: Clock;
  /** Milliseconds without a heartbeat after which a claim is lost. */
  readonly ackWaitMs: number;
}

interface Offer {
  readonly spec: SessionSpec;
  /** Its place in the queue, also when it comes back. */
  readonly order: number;
  hold: Hold | null;
}

interface Held {
  readonly offer: Offer;
  readonly hold: Hold;
}

/** Ends when the holder finishes, hands over, falls silent or loses the offer; whatever comes first. */
interface Hold {
  readonly lost: AbortController;
  stopTimer: () => void;
}

interface ModelQueue {
  readonly waiting: Offer[];
  readonly takers: ((held: Held | null) => void)[];
  active: number;
}

/**
 * The claim queue inside one process. Offers and takers are served first come, first served; an offer that comes back
 * takes its old place. A holder lives as long as the process, so an offer of a held session changes nothing.
 */
export class MemoryClaimQueue implements ClaimQueue {
  readonly #options: MemoryClaimQueueOptions;
  readonly #offers = new Map<string, Offer>();
  readonly #models = new Map<string, ModelQueue>();
  #lastOrder = 0;

  constructor(options: MemoryClaimQueueOptions) {
    this.#options = options;
  }

  /** Sessions queued or held, and models with a queue or a taker. */
  get size(): { readonly offers: number; readonly models: number } {
    return { offers: this.#offers.size, models: this.#models.size };
  }

  async offer(spec: SessionSpec): Promise<void> {
    if (this.#offers.has(spec.sessionId)) return;
    const offer: Offer = { spec, order: ++this.#lastOrder, hold: null };
    this.#offers.set(spec.sessionId, offer);
    this.#enqueue(offer);
  }

  async withdraw(sessionId: string): Promise<void> {
    const offer = this.#offers.get(sessionId);
    if (offer === undefined) return;
    this.#offers.delete(sessionId);
    if (offer.hold === null) {
      const { waiting } = this.#model(offer.spec.model);
      waiting.splice(waiting.indexOf(offer), 1);
      this.#forgetIfUnused(offer.spec.model);
    } else {
      this.#loseHold(offer, offer.hold, `The offer of session ${sessionId} was withdrawn.`);
    }
  }

  async *take(model: string, slots: SlotPool, signal: AbortSignal): AsyncGenerator<Claim, void, undefined> {
    while (!signal.aborted) {
      try {
        await slots.acquire(signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      const claim = await this.#nextClaim(model, signal);
      if (claim === null) {
        slots.release();
        return;
      }
      yield claim;
    }
  }

  async depth(model: string): Promise<{ readonly queued: number; readonly active: number }> {
    const queue = this.#models.get(model);
    return { queued: queue?.waiting.length ?? 0, active: queue?.active ?? 0 };
  }

  /** Withdraws every offer and ends every taker. */
  async close(): Promise<void> {
    for (const sessionId of [...this.#offers.keys()]) await this.withdraw(sessionId);
    for (const { takers } of [...this.#models.values()]) for (const give of takers.splice(0)) give(null);
    this.#models.clear();
  }

  /** The next session for a taker; null when the taker stopped first. */
  async #nextClaim(model: string, signal: AbortSignal): Promise<Claim | null> {
    while (!signal.aborted) {
      const held = await this.#nextHeld(model, signal);
      if (held === null) return null;
      const claim = this.#claim(held);
      if (signal.aborted) await claim.release();
      else if (!claim.lost.aborted) return claim;
    }
    return null;
  }

  /** Resolves with an offer that is held already, so that nobody else can get it in between. */
  #nextHeld(model: string, signal: AbortSignal): Promise<Held | null> {
    const queue = this.#model(model);
    const offer = queue.waiting.shift();
    if (offer !== undefined) return Promise.resolve(this.#hold(offer));
    return new Promise((resolve) => {
      const give = (given: Held | null) => {
        signal.removeEventListener('abort', stop);
        resolve(given);
      };
      const stop = () => {
        queue.takers.splice(queue.takers.indexOf(give), 1);
        this.#forgetIfUnused(model);
        give(null);
      };
      queue.takers.push(give);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  #hold(offer: Offer): Held {
    const hold: Hold = { lost: new AbortController(), stopTimer: () => {} };
    offer.hold = hold;
    this.#model(offer.spec.model).active++;
    this.#restartTimer(offer, hold);
    return { offer, hold };
  }

  #claim({ offer, hold }: Held): Claim {
    const whileHeld = (act: () => void) => async () => {
      if (offer.hold === hold) act();
    };
    return {
      spec: offer.spec,
      lost: hold.lost.signal,
      heartbeat: whileHeld(() => this.#restartTimer(offer, hold)),
      release: whileHeld(() => {
        this.#endHold(offer, hold);
        this.#enqueue(offer);
      }),
      done: whileHeld(() => {
        this.#offers.delete(offer.spec.sessionId);
        this.#endHold(offer, hold);
      }),
    };
  }

  #restartTimer(offer: Offer, hold: Hold): void {
    hold.stopTimer();
    hold.stopTimer = this.#options.clock.after(this.#options.ackWaitMs, () => this.#expire(offer, hold));
  }

  #expire(offer: Offer, hold: Hold): void {
    const silence = `Session ${offer.spec.sessionId} had no heartbeat for ${this.#options.ackWaitMs} ms.`;
    this.#loseHold(offer, hold, silence);
    this.#enqueue(offer);
  }

  #loseHold(offer: Offer, hold: Hold, reason: string): void {
    this.#endHold(offer, hold);
    hold.lost.abort(new Error(reason));
  }

  #endHold(offer: Offer, hold: Hold): void {
    hold.stopTimer();
    offer.hold = null;
    this.#model(offer.spec.model).active--;
    this.#forgetIfUnused(offer.spec.model);
  }

  #enqueue(offer: Offer): void {
    const { waiting, takers } = this.#model(offer.spec.model);
    const give = takers.shift();
    if (give !== undefined) give(this.#hold(offer));
    else waiting.splice(waiting.findLastIndex((other) => other.order < offer.order) + 1, 0, offer);
  }

  #model(model: string): ModelQueue {
    const known = this.#models.get(model);
    if (known !== undefined) return known;
    const queue: ModelQueue = { waiting: [], takers: [], active: 0 };
    this.#models.set(model, queue);
    return queue;
  }

  #forgetIfUnused(model: string): void {
    const queue = this.#models.get(model);
    if (queue?.waiting.length === 0 && queue.takers.length === 0 && queue.active === 0) this.#models.delete(model);
  }
}
