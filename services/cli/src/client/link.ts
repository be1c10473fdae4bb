import type { ClientEvent, Clock } from '@verbatim/contracts';
import { WebSocket } from 'ws';
import { CliError } from '../cli-error.ts';
import { AsyncQueue } from './async-queue.ts';
import { parseEvent } from './wire.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
const CLOSE_WAIT_MS = 1_000;
/** Bytes that may wait in this process to be written; more would only be held twice. */
const MOST_BUFFERED_BYTES = 256 * 1024;
/** A connection without a sign of life for this long is taken for lost, well within the time to resume its session. */
const SILENCE_LIMIT_MS = 20_000;

/** One connection to the WebSocket door. */
export class Link {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #events = new AsyncQueue<ClientEvent>();
  readonly #closed: Promise<void>;

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on('message', (data: Buffer) => this.#take(data.toString('utf8')));
    // The close that follows every error is what counts.
    socket.on('error', () => {});
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#events.end();
        resolve();
      });
    });
    terminateWhenSilent(socket, clock);
  }

  /** Ends when the connection does. Throws an SttError for what is no message of ours. */
  get events(): AsyncIterable<ClientEvent> {
    return this.#events;
  }

  get closed(): Promise<void> {
    return this.#closed;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends a message or, as bytes, audio. Resolves when more may be sent; also where the connection is lost. */
  async send(data: string | Uint8Array): Promise<void> {
    const sent = new Promise<void>((resolve) => this.#socket.send(data, () => resolve()));
    if (this.#socket.bufferedAmount > MOST_BUFFERED_BYTES) await Promise.race([sent, this.#closed]);
  }

  /** Says goodbye and closes; a server that holds us back just then does not read it, so its answer is not waited for long. */
  close(): void {
    this.#socket.close(1000);
    const cancel = this.#clock.after(CLOSE_WAIT_MS, () => this.#socket.terminate());
    void this.#closed.then(cancel);
  }

  #take(text: string): void {
    try {
      const event = parseEvent(text);
      if (event !== null) this.#events.push(event);
    } catch (error) {
      this.#events.fail(error);
      this.#socket.close(1002);
    }
  }
}

/**
 * Connects.
 * @throws CliError with a sentence when the server can't be reached; the signal's reason when it aborts.
 */
export async function openLink(url: URL, clock: Clock, signal: AbortSignal): Promise<Link> {
  signal.throwIfAborted();
  const socket = new WebSocket(url, { handshakeTimeout: HANDSHAKE_TIMEOUT_MS, perMessageDeflate: false });
  const link = new Link(socket, clock);
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      socket.terminate();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', onAbort));
    socket.once('open', () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    socket.once('error', (error) => reject(unreachable(url, reasonOf(error), error)));
    socket.once('unexpected-response', (request, response) => {
      const { statusCode, statusMessage } = response;
      request.destroy();
      reject(unreachable(url, `it answered ${statusCode} ${statusMessage}`));
    });
  });
  return link;
}

const unreachable = (url: URL, reason: string, cause?: unknown): CliError =>
  new CliError(`The server at ${url.protocol}//${url.host} can't be reached: ${reason}. Check that it runs there.`, {
    cause,
  });

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens on that port',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host could not be looked up',
  ETIMEDOUT: 'it did not answer in time',
  ECONNRESET: 'it cut the connection',
  EPROTO: 'it does not speak TLS there (a plain server has a ws:// or http:// address)',
  EHOSTUNREACH: 'there is no way to that host',
};

const reasonOf = (error: Error & { code?: string; errors?: readonly Error[] }): string => {
  // Node tries all addresses of a name and puts what happened with each into one error.
  const first: Error & { code?: string } = error.errors?.[0] ?? error;
  return REASONS[first.code ?? ''] ?? first.message.replace(/[.\s]+$/, '');
};

/** Asks for a pong now and then; a network that went away without a word shows in no other way. */
const terminateWhenSilent = (socket: WebSocket, clock: Clock): void => {
  let heardAt = clock.now();
  let cancel = () => {};
  const heard = () => {
    heardAt = clock.now();
  };
  for (const sign of ['open', 'message', 'ping', 'pong'] as const) socket.on(sign, heard);
  const look = () => {
    if (clock.now() - heardAt >= SILENCE_LIMIT_MS) return socket.terminate();
    if (socket.readyState === WebSocket.OPEN) socket.ping();
    cancel = clock.after(SILENCE_LIMIT_MS / 4, look);
  };
  cancel = clock.after(SILENCE_LIMIT_MS / 4, look);
  socket.once('close', () => cancel());
};
