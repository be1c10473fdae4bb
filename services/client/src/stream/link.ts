import type { ClientEvent, Clock } from '@verbatim/contracts';
import { openSocket } from '#socket';
import type { Socket } from '../socket/socket.ts';
import { unreachable } from '../unreachable.ts';
import { AsyncQueue } from './async-queue.ts';
import { parseEvent } from './wire.ts';

/** A server that holds us back just then does not read a goodbye, so its answer is not waited for any longer. */
const GOODBYE_MS = 1_000;

/** One connection to the WebSocket door: messages out, events in. */
export class Link {
  readonly #clock: Clock;
  readonly #events = new AsyncQueue<ClientEvent>();
  #socket!: Socket;

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Connects.
   * @throws ClientError with a sentence when the server can't be reached; the signal's reason when it aborts.
   */
  static async open(url: URL, clock: Clock, signal: AbortSignal): Promise<Link> {
    const link = new Link(clock);
    try {
      link.#socket = await openSocket(url, { clock, signal, onText: (text) => link.#take(text) });
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof Error ? unreachable(url, error.message, error) : error;
    }
    void link.closed.then(() => link.#events.end());
    return link;
  }

  /** Ends when the connection does. Throws an SttError for what is no message of ours. */
  get events(): AsyncIterable<ClientEvent> {
    return this.#events;
  }

  get closed(): Promise<void> {
    return this.#socket.closed;
  }

  get isOpen(): boolean {
    return this.#socket.isOpen;
  }

  /** Sends a message or, as bytes, audio. Resolves when more may be sent; also where the connection is lost. */
  send(data: string | Uint8Array): Promise<void> {
    return this.#socket.send(data);
  }

  /** Says goodbye and closes. */
  close(): void {
    this.#socket.close();
    const cancel = this.#clock.after(GOODBYE_MS, () => this.#socket.cut());
    void this.closed.then(cancel);
  }

  #take(text: string): void {
    try {
      const event = parseEvent(text);
      if (event !== null) this.#events.push(event);
    } catch (error) {
      // Its reader hangs up.
      this.#events.fail(error);
    }
  }
}
