import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as grpc from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { Call, jobClient, speechClient } from './testing/grpc-client.ts';
import { startServer, type TestServer, until } from './testing/server-harness.ts';
import { WsClient } from './testing/ws-client.ts';

let server: TestServer;
afterEach(() => server.stop());

/** Long enough for an error that is counted late. */
const settled = () => sleep(100);

describe('errors that clients are told of', () => {
  it('are counted for files over gRPC', async () => {
    server = await startServer();
    const client = jobClient(server.ingress.grpcPort);
    const error = await new Promise<grpc.ServiceError | null>((resolve) => client.GetJob({ jobId: 'none' }, resolve));
    client.close();
    expect(error?.message).toContain('none');
    expect(server.metrics.errors).toEqual(['grpc job_not_found']);
  });

  it('are counted for requests, with a body or without', async () => {
    server = await startServer();
    const url = `${server.http}/v1/stt/jobs`;
    const form = new FormData();
    form.append('file', new Blob([Buffer.from('RIFF\0\0\0\0WAVEfmt ')]), 'a.wav');
    form.append('model', 'none');
    await Promise.all([fetch(`${url}/none`), fetch(url, { method: 'POST', body: form })]);
    expect(server.metrics.errors.toSorted()).toEqual(['rest job_not_found', 'rest unknown_model']);
  });

  it('are counted for WebSockets', async () => {
    server = await startServer({ transcriber: { slots: 0 }, limits: { admissionWaitMs: 20 } });
    const client = await WsClient.connect(server.ws);
    client.send({ type: 'config' });
    await client.closed;
    expect(server.metrics.errors).toEqual(['websocket no_capacity']);
  });

  it('count apart where a process is stopped: no deployment uses up the budget of errors', async () => {
    server = await startServer();
    const client = await WsClient.connect(server.ws);
    client.send({ type: 'config' });
    await until('it is open', () => client.of('opened').length === 1);
    await server.ingress.sessions.drain(1_000);
    await client.closed;
    expect(client.of('error')).toMatchObject([{ code: 'unavailable' }]);
    expect(server.metrics.errors).toEqual(['websocket draining']);
  });

  it('are counted once where one ends the session', async () => {
    server = await startServer({ limits: { maxDurationMs: 100 } });
    const socket = await WsClient.connect(server.ws);
    socket.send({ type: 'config' });
    await until('it is open', () => socket.of('opened').length === 1);
    socket.socket.send(Buffer.alloc(6_400));
    await socket.closed;
    const client = speechClient(server.ingress.grpcPort);
    await new Call(client).send({ config: {} }, { audio: { data: Buffer.alloc(6_400) } }).status;
    client.close();
    expect(server.metrics.errors.toSorted()).toEqual(['grpc limit_exceeded', 'websocket limit_exceeded']);
  });

  it('are none where a client leaves before its session is open', async () => {
    server = await startServer({ transcriber: { slots: 0 }, limits: { admissionWaitMs: 5_000 } });
    const client = await WsClient.connect(server.ws);
    client.send({ type: 'config' });
    await until('the session is wanted', () => server.store.size === 1);
    client.socket.terminate();
    await until('it is taken back', () => server.store.size === 0);
    await settled();
    expect(server.metrics.errors).toEqual([]);
  });

  it('are none where a client leaves within its upload', async () => {
    server = await startServer();
    const upload = request(`${server.http}/v1/stt/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': 100_000 },
    });
    upload.on('error', () => {});
    upload.write('--x\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF');
    await once(upload, 'socket');
    await settled();
    upload.destroy();
    await sleep(1_500);
    expect(server.metrics.errors).toEqual([]);
  });
});
