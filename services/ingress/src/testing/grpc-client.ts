import * as grpc from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import type { SpeechServiceClient } from '../grpc/generated/verbatim/stt/v1/SpeechService.ts';
import type { StreamingRecognizeRequest } from '../grpc/generated/verbatim/stt/v1/StreamingRecognizeRequest.ts';
import type { StreamingRecognizeResponse__Output } from '../grpc/generated/verbatim/stt/v1/StreamingRecognizeResponse.ts';
import { loadPublicApi } from '../grpc/proto.ts';

const { services } = loadPublicApi();

export const speechClient = (port: number): SpeechServiceClient =>
  new services.SpeechService(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
  });

export const modelClient = (port: number) =>
  new services.ModelService(`127.0.0.1:${port}`, grpc.credentials.createInsecure());

export const jobClient = (port: number) =>
  new services.JobService(`127.0.0.1:${port}`, grpc.credentials.createInsecure());

/** One call, with everything that came back. */
export class Call {
  readonly stream: ReturnType<SpeechServiceClient['StreamingRecognize']>;
  readonly responses: StreamingRecognizeResponse__Output[] = [];
  readonly status: Promise<grpc.StatusObject>;

  constructor(client: SpeechServiceClient) {
    this.stream = client.StreamingRecognize();
    this.stream.on('data', (response: StreamingRecognizeResponse__Output) => this.responses.push(response));
    this.stream.on('error', () => {});
    this.status = new Promise((resolve) => this.stream.on('status', resolve));
  }

  send(...requests: StreamingRecognizeRequest[]): this {
    for (const request of requests) this.stream.write(request);
    return this;
  }

  of<K extends keyof StreamingRecognizeResponse__Output>(kind: K) {
    return this.responses.flatMap((response) => response[kind] ?? []);
  }

  get kinds(): (string | undefined)[] {
    return this.responses.map(({ event }) => event);
  }

  get texts(): string[] {
    return this.of('final').map(({ text }) => text);
  }
}

const rpc = protobuf.parse(`
  syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message RetryInfo { Duration retry_delay = 1; }
  message FieldViolation { string field = 1; string description = 2; }
  message BadRequest { repeated FieldViolation field_violations = 1; }
`).root;

/** The google.rpc details of a status, by type name, as a client in any language would read them. */
export const detailsOf = (status: grpc.StatusObject): Record<string, unknown> => {
  const [bytes] = status.metadata.get('grpc-status-details-bin');
  if (!(bytes instanceof Buffer)) return {};
  const decode = (type: string, value: Uint8Array) => rpc.lookupType(type).decode(value).toJSON();
  const { details } = decode('Status', bytes) as { details: { typeUrl: string; value: string }[] };
  return Object.fromEntries(
    details.map(({ typeUrl, value }) => {
      const type = typeUrl.slice(typeUrl.lastIndexOf('.') + 1);
      return [type, decode(type, Buffer.from(value, 'base64'))];
    }),
  );
};
