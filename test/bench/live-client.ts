import { SAMPLE_RATE } from '@verbatim/contracts';
import WebSocket from 'ws';
import type { Heard, ServerMessage } from './server-events.ts';

export interface LiveClientOptions {
  readonly overflow: 'BLOCK' | 'DROP_OLDEST';
  readonly signal: AbortSignal;
}

/**
 * One session over WebSocket with binary audio, the door that costs its client least. Keeps everything it hears with
 * the time of its arrival.
 */
export class LiveClient implements Disposable {
  readonly heard: Heard[] = [];
  /** Resolves when the server has closed the session; rejects when the socket ends in another way. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #abort = () => this.#socket.terminate();
  readonly #signal: AbortSignal;

  private constructor(socket: WebSocket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort);
    socket.on('message', (data) => {
      this.heard.push({ at: performance.now(), message: JSON.parse(String(data)) as ServerMessage });
    });
    this.closed = new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', (code, reason) => {
        if (this.heard.at(-1)?.message.type === 'closed') resolve();
        else reject(new Error(`The session ended without "closed": code ${code} ${reason}${this.#lastError()}.`));
      });
    });
    this.closed.catch(() => {});
  }

  /** Opens a session of 16 kHz mono LINEAR16; resolves when the server has admitted it. */
  static async open(url: string, { overflow, signal }: LiveClientOptions): Promise<LiveClient> {
    signal.throwIfAborted();
    const query = new URLSearchParams({ events: 'all', sample_rate: String(SAMPLE_RATE), overflow });
    const socket = new WebSocket(`${url}?${query}`, { perMessageDeflate: false });
    const client = new LiveClient(socket, signal);
    const opened = new Promise<void>((resolve) => {
      socket.on('message', () => {
        if (client.heard[0]?.message.type === 'opened') resolve();
      });
    });
    socket.once('open', () => socket.send('{"type":"config"}'));
    await Promise.race([opened, client.closed]);
    return client;
  }

  /** Resolves when the chunk has left this process, which is how a server holds a client back. */
  send(pcm16: Int16Array): Promise<void> {
    const bytes = new Uint8Array(pcm16.buffer, pcm16.byteOffset, pcm16.byteLength);
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, { binary: true }, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Keeps the session open while there is no audio. */
  keepAlive(): void {
    this.#socket.send('{"type":"keep_alive"}');
  }

  /** Says that there is no more audio, and waits for the last words. */
  async end(): Promise<void> {
    this.#socket.send('{"type":"end"}');
    await this.closed;
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#abort);
    this.#socket.terminate();
  }

  #lastError(): string {
    const error = this.heard.map(({ message }) => message).findLast((message) => message.type === 'error');
    return error?.type === 'error' ? ` (${error.code}: ${error.message})` : '';
  }
}
