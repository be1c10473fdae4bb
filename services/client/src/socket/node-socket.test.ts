import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { ManualClock } from '@verbatim/contracts/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { openSocket } from './node-socket.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function urlOf(server: Server): Promise<URL> {
  closing.push(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const open = (url: URL, clock = new ManualClock()) =>
  openSocket(url, { clock, signal: new AbortController().signal, onText: () => {} });

describe("Node's connection", () => {
  it('says what answers in place of a door', async () => {
    const http = createServer();
    http.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'));
    await expect(open(await urlOf(http))).rejects.toThrow('it answered 503 Service Unavailable');
  });

  it('says when nobody answers', async () => {
    await expect(open(new URL('ws://127.0.0.1:1'))).rejects.toThrow('nothing listens on that port');
  });

  it.each([
    ['answers pings goes on', true],
    ['does not answer pings is cut', false],
  ])('to somebody who %s', async (_, autoPong) => {
    const http = createServer();
    const url = await urlOf(http);
    const server = new WebSocketServer({ server: http, autoPong });
    closing.push(() => {
      for (const client of server.clients) client.terminate();
    });
    const clock = new ManualClock();
    const socket = await open(url, clock);
    const [peer] = server.clients;
    for (let seconds = 0; seconds < 30 && socket.isOpen; seconds += 5) {
      const pinged = once(peer!, 'ping');
      await clock.advance(5_000);
      if (seconds < 20) await pinged;
      // The answer, where there is one, is on its way.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(socket.isOpen).toBe(autoPong);
    socket.cut();
    await socket.closed;
    expect(clock.pending).toBe(0);
  });
});
