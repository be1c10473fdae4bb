import { WebSocket } from 'ws';
import { reasonOf } from '../unreachable.ts';
import { SilenceWatch } from './silence-watch.ts';
import {
  HANDSHAKE_TIMEOUT_MS,
  MOST_BUFFERED_BYTES,
  type OpenSocket,
  type Socket,
  type SocketOptions,
} from './socket.ts';

/** A WebSocket in Node, where the network tells why it failed and pings show whether the other side is there. */
export const openSocket: OpenSocket = async (url, options) => {
  const { signal } = options;
  signal.throwIfAborted();
  const socket = new WebSocket(url, { handshakeTimeout: HANDSHAKE_TIMEOUT_MS, perMessageDeflate: false });
  const opened = new NodeSocket(socket, options);
  const abort = () => socket.terminate();
  signal.addEventListener('abort', abort);
  try {
    await handshake(socket, signal);
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return opened;
};

const handshake = (socket: WebSocket, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: unknown) =>
      reject(signal.aborted ? signal.reason : new Error(reason, { cause }));
    socket.once('open', resolve);
    socket.once('error', (error) => fail(reasonOf(error), error));
    socket.once('unexpected-response', (request, { statusCode, statusMessage }) => {
      request.destroy();
      fail(`it answered ${statusCode} ${statusMessage}`);
    });
  });

class NodeSocket implements Socket {
  readonly #socket: WebSocket;
  readonly #watch: SilenceWatch;
  readonly closed: Promise<void>;

  constructor(socket: WebSocket, { clock, onText }: SocketOptions) {
    this.#socket = socket;
    this.#watch = new SilenceWatch({
      clock,
      probe: () => {
        if (this.isOpen) socket.ping();
      },
      onSilent: () => socket.terminate(),
    });
    socket.on('message', (data) => onText(String(data)));
    for (const sign of ['open', 'message', 'ping', 'pong'] as const) socket.on(sign, () => this.#watch.heard());
    // The close that follows every error is what counts.
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#watch.stop();
        resolve();
      });
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  async send(data: string | Uint8Array): Promise<void> {
    const sent = new Promise<void>((resolve) => this.#socket.send(data, () => resolve()));
    this.#watch.sent();
    if (this.#socket.bufferedAmount > MOST_BUFFERED_BYTES) await Promise.race([sent, this.closed]);
  }

  close(): void {
    this.#socket.close(1000);
  }

  cut(): void {
    this.#socket.terminate();
  }
}
