import WebSocket from 'ws';

export type Message = Readonly<Record<string, unknown>>;

/** A WebSocket client with everything that came back. */
export class WsClient {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  readonly opened: Promise<void>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  constructor(url: string, options: WebSocket.ClientOptions = {}) {
    this.socket = new WebSocket(url, options);
    this.socket.on('message', (data) => this.messages.push(JSON.parse(String(data))));
    this.socket.on('error', () => {});
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  static async connect(url: string, options?: WebSocket.ClientOptions): Promise<WsClient> {
    const client = new WsClient(url, options);
    await client.opened;
    return client;
  }

  /** Buffers go out as binary frames, strings as they are, objects as JSON. */
  send(...messages: (Buffer | string | object)[]): this {
    for (const message of messages) {
      this.socket.send(Buffer.isBuffer(message) || typeof message === 'string' ? message : JSON.stringify(message));
    }
    return this;
  }

  of(type: string): Message[] {
    return this.messages.filter((message) => message.type === type);
  }

  get texts(): unknown[] {
    return this.of('final').map((message) => message.text);
  }
}
