import WebSocket from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: a JSON message, whose fields each test knows
export type WsMessage = any;

/** A WebSocket client that keeps what it hears. */
export class WsClient implements AsyncDisposable {
  readonly messages: WsMessage[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #socket: WebSocket;
  readonly #listeners = new Set<() => void>();
  #isClosed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      this.messages.push(JSON.parse(String(data)));
      this.#tell();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#isClosed = true;
        resolve({ code, reason: String(reason) });
        this.#tell();
      });
    });
  }

  static async open(url: string, query: Readonly<Record<string, string>> = {}): Promise<WsClient> {
    const socket = new WebSocket(`${url}?${new URLSearchParams(query)}`);
    const client = new WsClient(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return client;
  }

  json(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  raw(data: string | Buffer): void {
    this.#socket.send(data);
  }

  of(type: string): WsMessage[] {
    return this.messages.filter((message) => message.type === type);
  }

  /** Resolves with the first message of a type that `matches`; rejects if the socket closes without it. */
  async until(type: string, matches: (message: WsMessage) => boolean = () => true): Promise<WsMessage> {
    while (true) {
      const found = this.of(type).find(matches);
      if (found !== undefined) return found;
      if (this.#isClosed)
        throw new Error(`The socket closed (${(await this.closed).code}) without the awaited ${type}.`);
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  /** Breaks the connection without a close frame. */
  break(): void {
    this.#socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
