import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { msFromSamples } from '@verbatim/contracts';
import type { ClientEvent } from './client-event.ts';
import type { Connect, ConnectionEnd } from './connection.ts';

/** This file runs as test/dist/chaos/grpc-connection.js. */
const protoDir = fileURLToPath(new URL('../../../proto', import.meta.url));

interface Message {
  readonly event?: string;
  readonly [event: string]: unknown;
}

interface Services {
  readonly SpeechService: new (
    address: string,
    credentials: grpc.ChannelCredentials,
    options: grpc.ClientOptions,
  ) => grpc.Client & { StreamingRecognize(): grpc.ClientDuplexStream<object, Message> };
}

let services: Services | undefined;

/** What any language would generate from proto/. */
function loadServices(): Services {
  const definition = loadSync('verbatim/stt/v1/speech.proto', {
    ...{ longs: String, enums: String, defaults: true, oneofs: true },
    includeDirs: [protoDir],
  });
  return (grpc.loadPackageDefinition(definition) as unknown as { verbatim: { stt: { v1: Services } } }).verbatim.stt.v1;
}

const OPTIONS: grpc.ClientOptions = {
  // Clients of different machines share no connection, and none waits a minute before it tries a server again.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

const { status } = grpc;
/** The API's code of each status, where one has several the one that may pass. */
const CODES: Readonly<Record<number, string>> = {
  [status.INVALID_ARGUMENT]: 'invalid_argument',
  [status.FAILED_PRECONDITION]: 'failed_precondition',
  [status.NOT_FOUND]: 'session_not_found',
  [status.ALREADY_EXISTS]: 'session_exists',
  [status.PERMISSION_DENIED]: 'resume_rejected',
  [status.RESOURCE_EXHAUSTED]: 'no_capacity',
  [status.OUT_OF_RANGE]: 'limit_exceeded',
  [status.ABORTED]: 'slow_reader',
  [status.DEADLINE_EXCEEDED]: 'idle_timeout',
  [status.UNAVAILABLE]: 'unavailable',
  [status.CANCELLED]: 'lost',
};

/** The gRPC door. */
export const connectGrpc: Connect = ({ grpcAddress }, opening, { onEvent, onEnd }) => {
  services ??= loadServices();
  const client = new services.SpeechService(grpcAddress, grpc.credentials.createInsecure(), OPTIONS);
  const call = client.StreamingRecognize();
  let isDone = false;
  let isOver = false;
  call.on('data', (message: Message) => {
    if (message.event === undefined) return;
    if (message.event === 'closed') isDone = true;
    onEvent(toEvent(message.event, message[message.event] as Fields));
  });
  // The status tells the same; without a listener the error would end the process.
  call.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    call.on('status', ({ code, details }) => {
      isOver = true;
      onEnd(isDone ? { code: 'done', detail: '' } : endOf(code, details));
      client.close();
      resolve();
    });
  });
  const resume = opening && {
    sessionId: opening.sessionId,
    resume: { token: opening.resumeToken, lastSequence: opening.lastSequence },
  };
  call.write({ config: resume ?? {} });
  return {
    async send(firstSample, pcm16) {
      if (isOver) return;
      const data = Buffer.from(pcm16.buffer, pcm16.byteOffset, pcm16.byteLength);
      if (call.write({ audio: { data, firstSample } })) return;
      await Promise.race([new Promise((resolve) => call.once('drain', resolve)), ended]);
    },
    end() {
      if (!isOver) call.end();
    },
    close: () => call.cancel(),
  };
};

/** A stream that its server's death cut off ends with INTERNAL and the words of HTTP/2; the API's own errors do not. */
function endOf(code: number, details: string): ConnectionEnd {
  if (code === status.INTERNAL && /RST_STREAM|GOAWAY|socket/i.test(details)) return { code: 'lost', detail: details };
  return { code: CODES[code] ?? 'internal', detail: `${status[code]}: ${details}` };
}

/** The fields that this client reads, as proto-loader gives them: longs as strings. */
interface Fields {
  readonly sessionId: string;
  readonly resumeToken: string;
  readonly nextSample: string;
  readonly sequence: string;
  readonly text: string;
  readonly start: string;
  readonly end: string;
  readonly reason: string;
  readonly finals: string;
  readonly from: string;
  readonly to: string;
  readonly epoch: string;
  readonly code: string;
  readonly message: string;
}

function toEvent(name: string, fields: Fields): ClientEvent {
  switch (name) {
    case 'opened': {
      const { sessionId, resumeToken, nextSample } = fields;
      return { type: 'opened', sessionId, resumeToken, nextSample: Number(nextSample) };
    }
    case 'final': {
      const { sequence, text, start, end } = fields;
      // Whole milliseconds, as the WebSocket door writes them.
      const [startMs, endMs] = [start, end].map((sample) => Math.round(msFromSamples(Number(sample))));
      return { type: 'final', sequence: Number(sequence), text, startMs: startMs!, endMs: endMs! };
    }
    case 'closed':
      return { type: 'closed', reason: fields.reason, finals: Number(fields.finals) };
    case 'gap':
      return { type: 'gap', from: Number(fields.from), to: Number(fields.to), reason: fields.reason };
    case 'moved':
      return { type: 'moved', epoch: Number(fields.epoch) };
    case 'error':
      return { type: 'error', code: fields.code, message: fields.message };
    case 'speechStarted':
      return { type: 'speech_started' };
    case 'speechEnded':
      return { type: 'speech_ended' };
    case 'partial':
    case 'suppressed':
    case 'progress':
    case 'flushed':
      return { type: name };
    default:
      throw new Error(`The server sent an event "${name}" that this client does not know.`);
  }
}
