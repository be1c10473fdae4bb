import { status } from '@grpc/grpc-js';
import { RecordedTracing } from '@verbatim/kit/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Call, speechClient } from './testing/grpc-client.ts';
import { startServer, type TestServer, until } from './testing/server-harness.ts';
import type { Parts } from './testing/session-harness.ts';
import { WsClient } from './testing/ws-client.ts';

let server: TestServer;
let tracing: RecordedTracing;
const start = async (parts: Parts = {}) => {
  tracing = new RecordedTracing();
  server = await startServer({ ...parts, tracing });
};
afterEach(() => server.stop());

/** The one request's span, once it has ended. */
const theSpan = async () => {
  await until('the span ends', () => tracing.spans.some(({ ended }) => ended > 0));
  expect(tracing.spans).toMatchObject([{ ended: 1, options: { role: 'server' } }]);
  return tracing.spans[0]!;
};

describe('the span of a gRPC call', () => {
  const call = (...requests: Parameters<Call['send']>) => {
    const client = speechClient(server.ingress.grpcPort);
    return { client, call: new Call(client).send(...requests) };
  };

  it('has the status that the call ends with', async () => {
    await start();
    const { client, call: talk } = call({ config: {} }, { endOfAudio: {} });
    await talk.status;
    client.close();
    expect(await theSpan()).toMatchObject({ attributes: { 'rpc.grpc.status_code': status.OK }, error: null });
  });

  it('has no failure of ours where the caller is wrong', async () => {
    await start();
    const { client, call: talk } = call({ keepAlive: {} });
    await talk.status;
    client.close();
    const { attributes, error } = await theSpan();
    expect(attributes['rpc.grpc.status_code']).toBe(status.FAILED_PRECONDITION);
    expect(error).toEqual({ code: 'failed_precondition', fault: 'callers' });
  });

  it('ends without a failure where the caller cancels', async () => {
    await start({ transcriber: { slots: 0 }, limits: { admissionWaitMs: 5_000 } });
    const { client, call: talk } = call({ config: {} });
    await until('the session is wanted', () => server.store.size === 1);
    talk.stream.cancel();
    expect(await theSpan()).toMatchObject({ attributes: { 'rpc.grpc.status_code': status.CANCELLED }, error: null });
    client.close();
  });
});

describe('the span of a WebSocket', () => {
  it('lasts until it is closed, and says what an HTTP request must', async () => {
    await start();
    const client = await WsClient.connect(server.ws);
    client.send({ type: 'config' });
    await until('it is open', () => client.of('opened').length === 1);
    expect(tracing.spans[0]!.ended).toBe(0);
    client.socket.terminate();
    expect(await theSpan()).toMatchObject({
      name: 'GET /v1/stt/stream',
      attributes: { 'http.response.status_code': 101, 'url.scheme': 'http', 'url.path': '/v1/stt/stream' },
      error: null,
    });
  });
});
