import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { listenError } from '@verbatim/kit';
import { z } from 'zod';
import { decodeTraceRequest } from './otlp-proto.ts';
import { SpanStore } from './span-store.ts';
import { type Span, traceRequest } from './spans.ts';

export interface OtlpReceiverOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** Most spans that are kept. Default: 50 000. */
  readonly capacity?: number;
}

/** Most bytes of a request, as it comes and unpacked. */
const MOST_BYTES = 16 * 2 ** 20;
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const HOST = '127.0.0.1';

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Takes traces over OTLP/HTTP, in protobuf and JSON, on a loopback port, and keeps the latest: enough to look at traces, and for
 * tests, where no collector is.
 */
export class OtlpReceiver implements AsyncDisposable {
  /** What `OTEL_EXPORTER_OTLP_ENDPOINT` must be for traces to come here. */
  readonly url: string;
  readonly #server: Server;
  readonly #store: SpanStore;

  private constructor(server: Server, store: SpanStore) {
    this.url = `http://${HOST}:${(server.address() as AddressInfo).port}`;
    this.#server = server;
    this.#store = store;
  }

  /** @throws ListenError when the port can't be had. */
  static async start({ port = 0, capacity = 50_000 }: OtlpReceiverOptions = {}): Promise<OtlpReceiver> {
    const store = new SpanStore(capacity);
    const server = createServer((request, response) => {
      receive(request).then(
        ({ spans, type }) => {
          store.add(spans);
          // An empty message of protobuf has no bytes.
          response.writeHead(200, { 'content-type': type }).end(type === JSON_TYPE ? '{}' : '');
        },
        (error: unknown) => {
          const status = error instanceof Refusal ? error.status : 500;
          response
            .writeHead(status, { 'content-type': 'text/plain', connection: 'close' })
            .end(`${(error as Error).message}\n`);
        },
      );
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenError(error, { host: HOST, port, variable: '--otlp-port' })));
      server.listen(port, HOST, resolve);
    });
    return new OtlpReceiver(server, store);
  }

  /** All that are kept. */
  get spans(): Span[] {
    return this.#store.spans;
  }

  /** The spans of one trace by their start; empty if it is not known. */
  trace(id: string): Span[] {
    return this.#store.trace(id);
  }

  /** Every trace's spans, as they came. */
  get traces(): readonly (readonly Span[])[] {
    return this.#store.traces;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

async function receive(request: IncomingMessage): Promise<{ spans: Span[]; type: string }> {
  if (request.url?.split('?')[0] !== '/v1/traces') throw new Refusal(404, 'Only /v1/traces is here.');
  if (request.method !== 'POST') throw new Refusal(405, 'Traces come by POST.');
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== PROTOBUF && type !== JSON_TYPE) {
    throw new Refusal(415, `"${type}" is not understood: send ${PROTOBUF} or ${JSON_TYPE}.`);
  }
  const body = await unpacked(await bodyOf(request), request.headers['content-encoding'] ?? 'identity');
  const parsed = traceRequest.safeParse(type === JSON_TYPE ? parseJson(body) : parseProtobuf(body));
  if (!parsed.success) throw new Refusal(400, `These are no traces: ${z.prettifyError(parsed.error)}`);
  return { spans: parsed.data, type };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Refusal(413, `A request may have ${MOST_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const UNPACKERS = { gzip: promisify(gunzip), deflate: promisify(inflate) };

async function unpacked(body: Buffer, encoding: string): Promise<Buffer> {
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    throw new Refusal(415, `The encoding "${encoding}" is not understood: send gzip, deflate or none.`);
  }
  return UNPACKERS[encoding](body, { maxOutputLength: MOST_BYTES }).catch((error: Error) => {
    throw new Refusal(400, `The body can't be unpacked: ${error.message}.`);
  });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Refusal(400, `The body is no JSON: ${(error as Error).message}.`);
  }
}

function parseProtobuf(body: Buffer): unknown {
  try {
    return decodeTraceRequest(body);
  } catch (error) {
    throw new Refusal(400, `The body is no protobuf message: ${(error as Error).message}.`);
  }
}
