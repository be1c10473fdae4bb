import type { Readable } from 'node:stream';

/**
 * Reads a call's messages one by one. Node's own stream iterator would do but for errors: it destroys a stream on any
 * `error` event, and that event is how a grpc-js handler sets a call's status, which then would never be sent.
 */
export class RequestReader<T> {
  readonly #call: Pick<Readable, 'on' | 'readableEnded' | 'destroyed'> & { read(): T | null };
  #wake = () => {};

  constructor(call: Pick<Readable, 'on' | 'readableEnded' | 'destroyed'> & { read(): T | null }) {
    this.#call = call;
    for (const event of ['readable', 'end', 'close']) call.on(event, () => this.#wake());
  }

  /** The next message; null when the client has half-closed, or the call is over. */
  async next(): Promise<T | null> {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const message = this.#call.read();
      if (message !== null) return message;
      if (this.#call.readableEnded || this.#call.destroyed) return null;
      await woken;
    }
  }
}
