import { EventQueue } from '@verbatim/bus';
import { type Final, type SessionEvent, type SessionSpec, SttError } from '@verbatim/contracts';
import type { SessionStore } from '@verbatim/sessions';
import { FinalOrder } from './final-order.ts';
import type { FlushLedger } from './flush-ledger.ts';

export interface OutletOptions {
  readonly spec: SessionSpec;
  readonly store: Pick<SessionStore, 'finals'>;
  /** Sequence of the last final that the client has. */
  readonly lastSequence: number;
  readonly ledger: FlushLedger;
  readonly maxUnreadEvents: number;
  /** Called once, when too much is left unread. */
  readonly onSlowReader: (reason: SttError) => void;
}

/**
 * A session's events on their way to one connection: every final exactly once and in order, every finalize answered
 * exactly once, nothing that the client did not ask for, and no more memory than a slow reader may have.
 */
export class Outlet {
  readonly #options: OutletOptions;
  readonly #queue = new EventQueue();
  readonly #order: FinalOrder;
  readonly #lost = new AbortController();
  /** Answers to finalize requests that no door has taken yet. */
  readonly #unsentFlushes = new Set<string>();
  #replayed = 0;
  #shown: number;
  #connected = true;
  readonly #read: Promise<void>;
  #wasRead = () => {};

  constructor(options: OutletOptions) {
    this.#options = options;
    this.#read = new Promise((resolve) => {
      this.#wasRead = resolve;
    });
    this.#order = new FinalOrder(options.lastSequence);
    this.#shown = options.lastSequence;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Sequence of the last final that the door has taken from `events`. */
  get shown(): number {
    return this.#shown;
  }

  /** Sequence of the last final that is on its way. */
  get delivered(): number {
    return this.#order.delivered;
  }

  /** Answers to finalize requests that came too late for this connection. */
  get unsentFlushes(): readonly string[] {
    return [...this.#unsentFlushes];
  }

  /** Aborts when the connection lost its session; the reason is an SttError. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Resolves when a door has read all there is and has passed on the last of it, or when nobody reads any more. */
  get read(): Promise<void> {
    return this.#read;
  }

  /** @throws the reason of `lost`, behind the last event. */
  async *events(): AsyncGenerator<SessionEvent, void, undefined> {
    try {
      for await (const event of this.#queue) {
        if (event.type === 'final') this.#shown = event.sequence;
        if (event.type === 'flushed') this.#unsentFlushes.delete(event.requestId);
        yield event;
      }
    } finally {
      this.#wasRead();
    }
    this.#lost.signal.throwIfAborted();
  }

  /** Sends committed finals again; they may be more than a patient client's backlog. */
  replay(finals: readonly Final[]): void {
    this.#replayed = finals.length;
    for (const final of finals) this.#sendFinal(final);
  }

  /** Takes an event of the session's feed. */
  async take(event: SessionEvent): Promise<void> {
    // A flushed promises that all text before it is out, so it always looks; the others know by their count.
    if (event.type === 'flushed' || this.#order.step(event) === 'fill') await this.#fill();
    switch (event.type) {
      case 'opened':
        return;
      case 'moved':
        if (event.epoch > 1) this.send(event);
        return;
      case 'partial':
        if (this.#options.spec.partialResults) this.send(event);
        return;
      case 'final':
        return this.#sendFinal(event);
      case 'flushed':
        for (const id of this.#options.ledger.answer(event.requestId, event.mark)) this.sendFlushed(id);
        return;
      case 'progress':
        for (const id of this.#options.ledger.answeredUpTo(event.marks)) this.sendFlushed(id);
        return this.send(event);
      default:
        this.send(event);
    }
  }

  send(event: SessionEvent): void {
    if (!this.#connected) return;
    this.#queue.push(event);
    const limit = this.#options.maxUnreadEvents + this.#replayed;
    if (this.#queue.size <= limit) return;
    const message = `More than ${limit} events wait to be read. Resume the session and read its events as they come.`;
    this.#options.onSlowReader(new SttError('slow_reader', message));
  }

  /** Answers a finalize; where nobody reads any more, the next connection gets the answer. */
  sendFlushed(requestId: string): void {
    this.#unsentFlushes.add(requestId);
    this.send({ type: 'flushed', requestId, mark: this.#options.ledger.answered });
  }

  /** No more events; those that wait can still be read. */
  end(): void {
    this.#queue.end();
  }

  /** Nobody reads any more. */
  disconnect(): void {
    this.#connected = false;
    this.#queue.discard();
    this.#wasRead();
  }

  /** Takes the session from its connection, which hears why. */
  cut(reason: SttError): void {
    if (this.#connected) this.#lost.abort(reason);
    this.disconnect();
  }

  async #fill(): Promise<void> {
    if (!this.#connected) return;
    const missing = await this.#options.store.finals(this.#options.spec.sessionId, this.#order.delivered);
    for (const final of missing) this.#sendFinal(final);
  }

  #sendFinal(final: Final): void {
    if (this.#order.accept(final)) this.send(final);
  }
}
