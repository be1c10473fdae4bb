import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { AsyncQueue } from '../stream/async-queue.ts';

/** A WebSocket door that says what a test makes it say. */
export class ScriptedDoor implements AsyncDisposable {
  readonly #server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  readonly #connections = new AsyncQueue<DoorConnection>();
  readonly #arriving = this.#connections[Symbol.asyncIterator]();

  private constructor() {
    this.#server.on('connection', (socket) => this.#connections.push(new DoorConnection(socket)));
  }

  static async start(): Promise<ScriptedDoor> {
    const door = new ScriptedDoor();
    await once(door.#server, 'listening');
    return door;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next connection, which it opens with `nextSample` as the session's place. */
  async accept(nextSample = 0): Promise<DoorConnection> {
    const { value: connection } = await this.#arriving.next();
    await connection!.take(1);
    connection!.say({ type: 'opened', session_id: 's-1', resume_token: 't-1', next_sample: nextSample });
    return connection!;
  }

  /** Answers the next connection with an error, and ends it. */
  async refuse(code: string): Promise<void> {
    const { value: connection } = await this.#arriving.next();
    await connection!.take(1);
    connection!.say({ type: 'error', code, message: `No: ${code}.`, recoverable: false });
    connection!.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** Audio that came, or another message. */
export type Received = Buffer | Readonly<Record<string, unknown>>;

/** One client's connection to a scripted door. */
export class DoorConnection {
  readonly #socket: WebSocket;
  readonly #messages = new AsyncQueue<Received>();
  readonly #reading = this.#messages[Symbol.asyncIterator]();
  /** Everything taken so far, in order. */
  readonly received: Received[] = [];

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data, isBinary) =>
      this.#messages.push(isBinary ? (data as Buffer) : JSON.parse(String(data))),
    );
  }

  /** Waits for `count` messages. */
  async take(count: number): Promise<Received[]> {
    const taken: Received[] = [];
    while (taken.length < count) taken.push((await this.#reading.next()).value!);
    this.received.push(...taken);
    return taken;
  }

  /** Waits for `byteCount` bytes of audio, and no other message among them. */
  async takeAudio(byteCount: number): Promise<Buffer> {
    let audio = Buffer.alloc(0);
    while (audio.length < byteCount) audio = Buffer.concat([audio, (await this.take(1))[0] as Buffer]);
    return audio;
  }

  say(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  close(): void {
    this.#socket.close();
  }

  /** Ends the connection without a goodbye. */
  cut(): void {
    this.#socket.terminate();
  }
}
