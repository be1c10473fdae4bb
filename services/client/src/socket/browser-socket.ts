import { SilenceWatch } from './silence-watch.ts';
import {
  HANDSHAKE_TIMEOUT_MS,
  MOST_BUFFERED_BYTES,
  type OpenSocket,
  type Socket,
  type SocketOptions,
} from './socket.ts';

/** Browsers do not say when what was sent has left. */
const LOOK_FOR_ROOM_MS = 50;

/** A WebSocket in a browser, which tells neither pings nor why a connection failed, but whether there is a network at all. */
export const openSocket: OpenSocket = async (url, options) => {
  const { clock, signal } = options;
  signal.throwIfAborted();
  const web = new WebSocket(url);
  const socket = new BrowserSocket(web, options);
  let reason = 'the browser was told no reason';
  const abort = () => socket.cut();
  signal.addEventListener('abort', abort);
  const cancel = clock.after(HANDSHAKE_TIMEOUT_MS, () => {
    reason = 'it did not answer in time';
    socket.cut();
  });
  await Promise.race([new Promise((resolve) => web.addEventListener('open', resolve)), socket.closed]);
  cancel();
  signal.removeEventListener('abort', abort);
  signal.throwIfAborted();
  if (!socket.isOpen) throw new Error(navigator.onLine === false ? 'this device is offline' : reason);
  return socket;
};

class BrowserSocket implements Socket {
  readonly #socket: WebSocket;
  readonly #clock: SocketOptions['clock'];
  readonly #watch: SilenceWatch;
  /** Aborts when the connection is over for us; a dead one may take a browser minutes to close. */
  readonly #over = new AbortController();
  readonly closed: Promise<void>;

  constructor(socket: WebSocket, { clock, onText }: SocketOptions) {
    this.#socket = socket;
    this.#clock = clock;
    this.#watch = new SilenceWatch({ clock, onSilent: () => this.cut() });
    const { signal } = this.#over;
    this.closed = new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    socket.addEventListener(
      'message',
      ({ data }) => {
        this.#watch.heard();
        onText(String(data));
      },
      { signal },
    );
    socket.addEventListener('close', () => this.#end(), { signal });
    globalThis.addEventListener('offline', () => this.cut(), { signal });
  }

  get isOpen(): boolean {
    return !this.#over.signal.aborted && this.#socket.readyState === WebSocket.OPEN;
  }

  async send(data: string | Uint8Array): Promise<void> {
    if (!this.isOpen) return;
    // TypeScript's types of the web refuse views of shared memory, which a client of ours does not make.
    this.#socket.send(data as string | Uint8Array<ArrayBuffer>);
    this.#watch.sent();
    while (this.isOpen && this.#socket.bufferedAmount > MOST_BUFFERED_BYTES) {
      await new Promise<void>((resolve) => this.#clock.after(LOOK_FOR_ROOM_MS, resolve));
    }
  }

  close(): void {
    this.#socket.close(1000);
  }

  cut(): void {
    this.close();
    this.#end();
  }

  #end(): void {
    this.#watch.stop();
    this.#over.abort();
  }
}
