import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** A response by its one event, as proto-loader gives it: longs and enums as strings. */
export interface Response {
  readonly event: string;
  readonly [event: string]: unknown;
}

export interface GrpcEvent {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a generated message, whose fields each test knows
  readonly value: any;
}

const protoDir = fileURLToPath(new URL('../../proto', import.meta.url));

/** The client that any language would generate from proto/. */
function connect(address: string) {
  const definition = loadSync(['verbatim/stt/v1/speech.proto', 'verbatim/stt/v1/models.proto'], {
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
    includeDirs: [protoDir],
  });
  const v1 = (grpc.loadPackageDefinition(definition) as unknown as { verbatim: { stt: { v1: Services } } }).verbatim.stt
    .v1;
  return new v1.SpeechService(address, grpc.credentials.createInsecure(), {
    'grpc.max_send_message_length': 16 * 1024 * 1024,
  });
}

interface Services {
  readonly SpeechService: new (
    address: string,
    credentials: grpc.ChannelCredentials,
    options: grpc.ClientOptions,
  ) => grpc.Client & { StreamingRecognize(metadata: grpc.Metadata): grpc.ClientDuplexStream<object, Response> };
}

/** One StreamingRecognize call. */
export class GrpcStream implements AsyncDisposable {
  readonly events: GrpcEvent[] = [];
  /** Settles with the call's status, whatever it is. */
  readonly status: Promise<grpc.StatusObject>;
  readonly #client: ReturnType<typeof connect>;
  readonly #call: grpc.ClientDuplexStream<object, Response>;
  readonly #listeners = new Set<() => void>();

  /** @param headers of the call, such as `traceparent` */
  constructor(address: string, config?: object, headers: Readonly<Record<string, string>> = {}) {
    this.#client = connect(address);
    const metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    this.#call = this.#client.StreamingRecognize(metadata);
    this.#call.on('data', (response: Response) => {
      this.events.push({ type: response.event, value: response[response.event] });
      for (const listener of this.#listeners) listener();
    });
    // The status tells the same; without a listener the error would end the process.
    this.#call.on('error', () => {});
    this.status = new Promise((resolve) => {
      this.#call.on('status', (status) => {
        resolve(status);
        for (const listener of this.#listeners) listener();
      });
    });
    if (config !== undefined) this.#call.write({ config });
  }

  /** Sends one message; resolves when the transport takes more. */
  async send(message: object): Promise<void> {
    if (!this.#call.write(message)) {
      await Promise.race([new Promise((resolve) => this.#call.once('drain', resolve)), this.status]);
    }
  }

  /** Sends bytes in chunks of `chunkBytes`. */
  async sendAudio(bytes: Buffer, chunkBytes = 3_200): Promise<void> {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      await this.send({ audio: { data: bytes.subarray(at, at + chunkBytes) } });
    }
  }

  /** Reads no more, until `readOn`. */
  stopReading(): void {
    this.#call.pause();
  }

  readOn(): void {
    this.#call.resume();
  }

  /** Half-closes: no more audio. */
  end(): void {
    this.#call.end();
  }

  /** Leaves without a word, as a client that crashes. */
  cancel(): void {
    this.#call.cancel();
  }

  of(type: string): GrpcEvent['value'][] {
    return this.events.filter((event) => event.type === type).map(({ value }) => value);
  }

  get text(): string {
    return this.of('final')
      .map(({ text }) => text)
      .join(' ');
  }

  /** Resolves with the first event of a type that `matches`; rejects if the call ends without it. */
  async until(type: string, matches: (value: GrpcEvent['value']) => boolean = () => true): Promise<GrpcEvent['value']> {
    let ended = false;
    void this.status.then(() => {
      ended = true;
    });
    while (true) {
      const found = this.of(type).find(matches);
      if (found !== undefined) return found;
      if (ended) throw new Error(`The call ended (${(await this.status).details}) without the awaited ${type}.`);
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#call.cancel();
    this.#client.close();
  }
}
