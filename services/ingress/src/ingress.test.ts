import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { Call, speechClient } from './testing/grpc-client.ts';
import { startServer, type TestServer, until } from './testing/server-harness.ts';
import { speech } from './testing/session-harness.ts';
import { WsClient } from './testing/ws-client.ts';

let server: TestServer | null = null;

afterEach(async () => {
  await server?.stop();
  server = null;
});

describe('the doors', () => {
  it.each(['port', 'grpcPort'] as const)(
    'say in one sentence when %s is in use, and leave the other free',
    async (which) => {
      const other = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => other.once('listening', resolve));
      const { port } = other.address() as AddressInfo;
      const variable = which === 'port' ? 'PORT' : 'GRPC_PORT';
      await expect(startServer({}, { [which]: port })).rejects.toThrow(
        `Port ${port} is in use: stop the other program or set ${variable}.`,
      );
      other.close();
    },
  );

  it('serve one session behind another: what a WebSocket lost, gRPC resumes', async () => {
    server = await startServer();
    const socket = await WsClient.connect(`${server.ws}?events=all&session_id=mine`);
    socket.send(speech(1.5));
    await until('a final', () => socket.texts.length === 1);
    const token = String(socket.of('opened')[0]!.resume_token);
    socket.socket.terminate();
    const client = speechClient(server.ingress.grpcPort);
    const call = new Call(client).send({ config: { sessionId: 'mine', resume: { token, lastSequence: 0 } } });
    call.stream.end();
    expect((await call.status).code).toBe(0);
    expect(call.texts).toEqual(['utterance 1.', 'utterance 2.']);
    client.close();
  });

  it('share the room: 100 sockets that want 20 slots, and nothing kept of the others', async () => {
    server = await startServer({ transcriber: { slots: 20 }, limits: { admissionWaitMs: 300 } });
    const sockets = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = await WsClient.connect(server!.ws);
        return socket.send(speech(0.1));
      }),
    );
    const closed = new Map<number, number>();
    for (const socket of sockets) {
      void socket.closed.then(({ code }) => closed.set(code, (closed.get(code) ?? 0) + 1));
    }
    await until('the refusals', () => closed.get(1013) === 80);
    expect([server.ingress.sessions.size, server.store.size]).toEqual([20, 20]);
    for (const socket of sockets) socket.socket.send('{"type":"end"}', () => {});
    await until('the ends', () => closed.get(1000) === 20);
    expect(server.ingress.sessions.size).toBe(0);
    expect(server.bus.events).toHaveProperty('size', 0);
  });

  it('close at once, also with sessions and connections open', async () => {
    const running = await startServer();
    const socket = await WsClient.connect(running.ws);
    socket.send(speech(0.1));
    const client = speechClient(running.ingress.grpcPort);
    const call = new Call(client).send({ config: {} });
    await until('both', () => running.ingress.sessions.size === 2);
    const before = performance.now();
    await running.stop();
    expect(performance.now() - before).toBeLessThan(2_000);
    expect((await socket.closed).code).toBe(1012);
    expect((await call.status).code).toBe(status.UNAVAILABLE);
    expect(running.ingress.sessions.size).toBe(0);
    client.close();
  });
});
