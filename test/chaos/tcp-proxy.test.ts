import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TcpProxy } from './tcp-proxy.ts';

let echo: Server;
let proxy: TcpProxy;
const sockets: Socket[] = [];

beforeEach(async () => {
  echo = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await TcpProxy.start((echo.address() as AddressInfo).port);
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  for (const socket of sockets.splice(0)) socket.destroy();
  echo.close();
});

/** A connection through the proxy, and the number of bytes that have come back. */
async function open() {
  const socket = connect(proxy.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  const got: Buffer[] = [];
  socket.on('data', (chunk) => got.push(chunk));
  await once(socket, 'connect');
  return { socket, text: () => Buffer.concat(got).toString() };
}
const until = async (isTrue: () => boolean) => {
  while (!isTrue()) await sleep(5);
};

it('passes bytes both ways, more than fit into its buffers', async () => {
  const { socket, text } = await open();
  const much = 'x'.repeat(4 * 1024 * 1024);
  socket.write(much);
  await until(() => text().length === much.length);
  expect(text()).toBe(much);
});

it('holds everything back while it is frozen, and loses nothing', async () => {
  const { socket, text } = await open();
  socket.write('before ');
  await until(() => text() === 'before ');
  proxy.freeze();
  socket.write('during ');
  const late = await open();
  late.socket.write('new');
  await sleep(100);
  expect([text(), late.text()]).toEqual(['before ', '']);
  proxy.thaw();
  socket.write('after');
  await until(() => text().length >= 'before during after'.length && late.text().length === 3);
  expect([text(), late.text()]).toEqual(['before during after', 'new']);
});

it('ends a connection whose other end is gone', async () => {
  const { socket } = await open();
  await until(() => sockets.length === 2);
  sockets.find((each) => each !== socket)!.destroy();
  await once(socket, 'close');
});
