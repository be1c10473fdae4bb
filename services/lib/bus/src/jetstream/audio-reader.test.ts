import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LinkState } from '@verbatim/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { iterate, newId, take } from '../contract/bus-under-test.ts';
import type { AudioEntry } from '../ports.ts';
import { findNatsServer, type NatsServer, startNatsServer } from '../testing/nats-server.ts';
import { startedAnew } from './audio-reader.ts';
import { AudioWriter } from './audio-writer.ts';
import { createJetStreamBus, type JetStreamBus } from './jetstream-bus.ts';
import { NatsLink } from './link.ts';
import { audioPlaceOf } from './names.ts';
import { type JetStreamBusOptions, settingsOf } from './options.ts';

const missing = findNatsServer() === null ? ' (skipped: nats-server is not installed)' : '';
const live = () => new AbortController().signal;
const CHUNK = 320;
const chunk = new Int16Array(CHUNK);

/** Two sessions whose audio lies in one stream. */
const neighbours = (): readonly [string, string] => {
  const id = newId('s');
  for (;;) {
    const other = newId('other');
    if (audioPlaceOf(other).stream === audioPlaceOf(id).stream) return [id, other];
  }
};

/** The samples up to the mark `end`: where they begin and where they end, as one run. */
const runToEnd = async (entries: AsyncIterator<AudioEntry>) => {
  let [from, to] = [-1, -1];
  for (;;) {
    const [entry] = await take(entries, 1);
    if (entry?.type === 'mark' && entry.mark.type === 'end') return { from, to, mark: entry.index };
    if (entry?.type !== 'audio') continue;
    if (to >= 0) expect(entry.firstSample).toBe(to);
    else from = entry.firstSample;
    to = entry.firstSample + entry.pcm16.length;
  }
};

/** A way to the server that can be cut. */
const startProxy = async (port: number) => {
  const sockets = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connectTcp(port, '127.0.0.1');
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const stop = async () => {
    cut();
    await new Promise((resolve) => proxy.close(resolve));
  };
  return { url: `nats://127.0.0.1:${address.port}`, cut, stop };
};

describe('a stream that lost its memory', () => {
  const last = { streamSequence: 20, storedNs: BigInt(Date.parse('2026-01-01T00:00:10Z')) * 1_000_000n };
  it.each([
    ['is empty', 0, '0001-01-01T00:00:00Z', 0, true],
    ['ends before the last message that was read', 1, '2026-01-01T00:00:30Z', 19, true],
    ['begins before the last message, but later in time', 1, '2026-01-01T00:00:30Z', 500, true],
    ['is the old one where it holds older messages', 15, '2026-01-01T00:00:05Z', 500, false],
    ['is the old one where it begins with the last message', 20, '2026-01-01T00:00:10Z', 20, false],
    ['need not be known where it dropped that message already', 21, '2026-01-01T00:00:30Z', 500, false],
    ['is the old one where it was purged', 21, '0001-01-01T00:00:00Z', 20, false],
  ])('%s', (_, first_seq, first_ts, last_seq, anew) => {
    expect(startedAnew({ first_seq, first_ts, last_seq }, last)).toBe(anew);
  });
});

describe.skipIf(missing !== '')(`a reader of audio${missing}`, () => {
  const cleanUp: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const act of cleanUp.splice(0).reverse()) await act();
  });
  const startServer = async (): Promise<NatsServer> => {
    const server = await startNatsServer();
    cleanUp.push(() => server.stop());
    return server;
  };
  const startBus = async (url: string, options: Partial<JetStreamBusOptions> = {}): Promise<JetStreamBus> => {
    const bus = createJetStreamBus({ servers: [url], name: 'test', ...options });
    cleanUp.push(async () => bus[Symbol.asyncDispose]());
    await bus.ready;
    return bus;
  };

  it.each([
    ['shorter than it was', 0],
    ['longer than it was, by another session', 200],
  ])('starts from the beginning in a stream that lost its memory and is %s', async (_, others) => {
    const server = await startServer();
    const bus = await startBus(server.url);
    const [id, other] = neighbours();
    const place = audioPlaceOf(id);
    for (let i = 0; i < 20; i++) await bus.audio.append(id, i * CHUNK, chunk);
    const reader = iterate(bus.audio.read(id, 0, live()));
    await take(reader, 20);

    const link = new NatsLink(settingsOf({ servers: [server.url], name: 'test' }));
    cleanUp.push(() => link.close());
    await link.ready;
    const { jsm } = link.wire!;
    const { config } = await jsm.streams.info(place.stream);
    await jsm.streams.delete(place.stream);
    const rest = runToEnd(reader);
    await jsm.streams.add(config);
    const start = (session: string) => new AudioWriter(link, audioPlaceOf(session), 720_000, Promise.resolve());
    const [writer, neighbour] = [start(id), start(other)];
    await writer.append(10 * CHUNK, new Int16Array(11 * CHUNK));
    await writer.mark({ type: 'end', reason: 'idle' });
    for (let i = 0; i < others; i++) await neighbour.append(i * CHUNK, chunk);
    expect(await rest).toEqual({ from: 20 * CHUNK, to: 21 * CHUNK, mark: 1 });
  });

  it('goes on over a new connection where its stream has dropped audio of several sessions, and the server lives', async () => {
    const server = await startServer();
    const proxy = await startProxy(server.port);
    cleanUp.push(() => proxy.stop());
    const writer = await startBus(server.url, { ringSeconds: 1 });
    const states: string[] = [];
    const onState = ({ status }: LinkState) => void states.push(status);
    const bus = await startBus(proxy.url, { ringSeconds: 1, onState });
    const [id, other] = neighbours();
    let at = 0;
    const write = async (session: string, count: number) => {
      for (let i = 0; i < count; i++, at += CHUNK) await writer.audio.append(session, at, chunk);
    };
    await writer.audio.mark(other, { type: 'idle' });
    // nats-server 2.9 ended when a reader began at a time, here five seconds before its last message, between gaps.
    await sleep(5_200);
    await write(id, 120);
    await write(other, 120);
    const reader = iterate(bus.audio.read(id, 0, live()));
    const [first] = await take(reader, 1);
    expect(first).toMatchObject({ type: 'audio' });
    await take(reader, 49);
    const from = at;
    proxy.cut();
    await vi.waitFor(() => expect(states).toContain('away'));
    await write(id, 20);
    await vi.waitFor(() => expect(bus.state.status).toBe('connected'), { timeout: 5_000 });
    const rest = runToEnd(reader);
    await sleep(300);
    await write(other, 100);
    await writer.audio.mark(id, { type: 'end', reason: 'idle' });
    expect(await rest).toEqual({ from, to: from + 20 * CHUNK, mark: 1 });
    expect(await Promise.race([server.exited, sleep(200, 'alive')])).toBe('alive');
  });
});
