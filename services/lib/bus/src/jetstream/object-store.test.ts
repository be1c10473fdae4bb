import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '../contract/bus-under-test.ts';
import { inPieces } from '../contract/object-store-contract.ts';
import type { ObjectStore } from '../ports.ts';
import { findNatsServer, type NatsServer, type NatsServerOptions, startNatsServer } from '../testing/nats-server.ts';
import { NatsLink } from './link.ts';
import { chunkSubject, OBJECTS_STREAM, objectEndSubject } from './names.ts';
import { JetStreamObjectStore } from './object-store.ts';
import { type JetStreamBusOptions, settingsOf } from './options.ts';
import { MAX_CHUNK_BYTES } from './topology.ts';

const missing = findNatsServer() === null ? ' (skipped: nats-server is not installed)' : '';
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const MEGABYTE = 2 ** 20;
const live = () => new AbortController().signal;
const UNAVAILABLE = { code: 'unavailable', retryAfterMs: 1_000 };

/** `length` bytes, of which the rest comes when `goOn` is called after `started` has resolved with the first half. */
const haltingSource = (length: number) => {
  const bytes = randomBytes(length);
  let [start, goOn] = [() => {}, () => {}];
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const whole = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const content = async function* () {
    yield* inPieces(bytes.subarray(0, length / 2), 65_536);
    start();
    await whole;
    yield* inPieces(bytes.subarray(length / 2), 65_536);
  };
  return { bytes, content: content(), started, goOn: () => goOn() };
};

describe.skipIf(missing !== '')(`the object store in JetStream${missing}`, () => {
  const cleanUp: (() => Promise<unknown>)[] = [];
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'verbatim-fetched-'));
    path = join(folder, 'fetched');
  });
  afterEach(async () => {
    for (const act of cleanUp.splice(0).reverse()) await act();
    rmSync(folder, { recursive: true, force: true });
  });

  const startServer = async (options: NatsServerOptions = {}): Promise<NatsServer> => {
    const server = await startNatsServer(options);
    cleanUp.push(() => server.stop());
    return server;
  };
  const restart = ({ port, storeDir }: NatsServer) => startServer({ port, storeDir });
  const kill = async (server: NatsServer) => {
    server.kill('SIGKILL');
    await server.exited;
  };
  const startStore = async (server: NatsServer, options: Partial<JetStreamBusOptions> = {}) => {
    const link = new NatsLink(settingsOf({ servers: [server.url], name: 'test', ...options }));
    cleanUp.push(() => link.close());
    await link.ready;
    return { link, objects: new JetStreamObjectStore(link) as ObjectStore };
  };
  const streams = async (server: NatsServer) => {
    const nc = await connect({ servers: [server.url] });
    cleanUp.push(() => nc.close());
    return { nc, streams: (await jetstreamManager(nc)).streams };
  };
  const messagesIn = async (server: NatsServer) => {
    const { nc, streams: api } = await streams(server);
    const { messages } = (await api.info(OBJECTS_STREAM)).state;
    await nc.close();
    return messages;
  };
  const put = (objects: ObjectStore, key: string, bytes: Uint8Array) =>
    objects.put(key, inPieces(bytes, 65_536), NO_LIMIT);
  const isFetched = async (objects: ObjectStore, key: string, bytes: Uint8Array): Promise<boolean> =>
    (await objects.fetch(key, path, live())) && Buffer.compare(await readFile(path), bytes) === 0;
  /** Resolves when a part of the file is written. */
  const isBegun = () => vi.waitFor(async () => expect((await stat(path)).size).toBeGreaterThan(0), { interval: 2 });

  it('rejects a put whose server is killed midway, at once, and takes it anew from the next server', async () => {
    const server = await startServer();
    const { objects } = await startStore(server);
    const key = newId('o');
    const { bytes, content, started, goOn } = haltingSource(4 * MEGABYTE);
    const putting = objects.put(key, content, NO_LIMIT);
    putting.catch(() => {});
    await started;
    await kill(server);
    const killedAt = performance.now();
    goOn();
    await expect(putting).rejects.toMatchObject(UNAVAILABLE);
    expect(performance.now() - killedAt).toBeLessThan(1_000);
    const next = await restart(server);
    expect(await objects.fetch(key, path, live())).toBe(false);
    expect(await messagesIn(next)).toBe(0);
    expect(await put(objects, key, bytes)).toEqual({ bytes: bytes.length });
  });

  it('leaves no chunk of a put whose connection was lost, also on a server that lost nothing', async () => {
    const server = await startServer();
    const { link, objects } = await startStore(server);
    const { content, started, goOn } = haltingSource(4 * MEGABYTE);
    const putting = objects.put(newId('o'), content, NO_LIMIT);
    putting.catch(() => {});
    await started;
    await link.wire?.nc.close();
    goOn();
    await expect(putting).rejects.toMatchObject(UNAVAILABLE);
    await vi.waitFor(async () => expect(await messagesIn(server)).toBe(0), { timeout: 5_000 });
  });

  it('leaves no chunk of a put that was refused or whose source failed', async () => {
    const server = await startServer();
    const { objects } = await startStore(server, { objectsMaxBytes: 2 * MEGABYTE });
    await expect(put(objects, newId('o'), randomBytes(3 * MEGABYTE))).rejects.toMatchObject({ code: 'no_capacity' });
    expect(await messagesIn(server)).toBe(0);
    await expect(objects.put(newId('o'), inPieces(randomBytes(MEGABYTE), 65_536), MEGABYTE - 1)).rejects.toMatchObject({
      code: 'too_large',
    });
    expect(await messagesIn(server)).toBe(0);
  });

  it('leaves no chunk of puts whose source fails while others are on their way', async () => {
    const server = await startServer();
    const { objects } = await startStore(server);
    const source = async function* () {
      yield* inPieces(randomBytes(MEGABYTE), MAX_CHUNK_BYTES);
      throw new Error('The client went away.');
    };
    for (let i = 0; i < 40; i++) await expect(objects.put(newId('o'), source(), NO_LIMIT)).rejects.toThrow('client');
    expect(await messagesIn(server)).toBe(0);
  });

  it('rejects a put whose stream lost its memory although the connection went on', async () => {
    const server = await startServer();
    const { objects } = await startStore(server);
    const { streams: api } = await streams(server);
    const { content, started, goOn } = haltingSource(2 * MEGABYTE);
    const putting = objects.put(newId('o'), content, NO_LIMIT);
    putting.catch(() => {});
    await started;
    const { config } = await api.info(OBJECTS_STREAM);
    await api.delete(OBJECTS_STREAM);
    await api.add(config);
    goOn();
    await expect(putting).rejects.toMatchObject(UNAVAILABLE);
    expect(await messagesIn(server)).toBe(0);
  });

  it('has nothing after a restart that emptied the memory', async () => {
    const server = await startServer();
    const { objects } = await startStore(server);
    const key = newId('o');
    await put(objects, key, randomBytes(MEGABYTE));
    await kill(server);
    await restart(server);
    expect(await objects.fetch(key, path, live())).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });

  it('has nothing where a chunk is gone or is not what was put', async () => {
    const server = await startServer();
    const { objects } = await startStore(server);
    const { nc, streams: api } = await streams(server);
    const [holed, changed] = [newId('holed'), newId('changed')];
    for (const key of [holed, changed]) await put(objects, key, randomBytes(4 * MAX_CHUNK_BYTES));
    const chunkOf = async (key: string) => {
      const end = await api.getMessage(OBJECTS_STREAM, { last_by_subj: objectEndSubject(key) });
      return chunkSubject({ key, upload: end!.json<{ upload: string }>().upload }, 2);
    };
    await api.purge(OBJECTS_STREAM, { filter: await chunkOf(holed) });
    await nc.request(await chunkOf(changed), randomBytes(MAX_CHUNK_BYTES));
    for (const key of [holed, changed]) {
      expect(await objects.fetch(key, path, live())).toBe(false);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('waits for a server that is away before it takes, gives or erases anything', async () => {
    const server = await startServer();
    const { objects } = await startStore(server);
    const [key, bytes] = [newId('o'), randomBytes(MEGABYTE)];
    await kill(server);
    const putting = put(objects, key, bytes);
    await sleep(300);
    await restart(server);
    expect(await putting).toEqual({ bytes: MEGABYTE });
    expect(await isFetched(objects, key, bytes)).toBe(true);
  });

  it('rejects with unavailable when the server is away for longer than its patience', async () => {
    const server = await startServer();
    const { objects } = await startStore(server, { patienceMs: 500 });
    await kill(server);
    const key = newId('o');
    const calls = [put(objects, key, randomBytes(10)), objects.fetch(key, path, live()), objects.erase(key)];
    for (const outcome of await Promise.allSettled(calls)) expect(outcome).toMatchObject({ reason: UNAVAILABLE });
    expect(await readdir(folder)).toEqual([]);
  });

  it('goes on with a fetch whose connection was lost', async () => {
    const server = await startServer();
    const { link, objects } = await startStore(server);
    const [key, bytes] = [newId('o'), randomBytes(64 * MEGABYTE)];
    await put(objects, key, bytes);
    const fetching = objects.fetch(key, path, live());
    await isBegun();
    expect((await stat(path)).size).toBeLessThan(bytes.length);
    await link.wire?.nc.close();
    expect(await fetching).toBe(true);
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
  });

  it('ends a fetch that is aborted at once, also while the server hangs, and removes the file', async () => {
    const server = await startServer();
    const { objects } = await startStore(server);
    const key = newId('o');
    await put(objects, key, randomBytes(64 * MEGABYTE));
    const [stop, reason] = [new AbortController(), new Error('cancelled')];
    const fetching = objects.fetch(key, path, stop.signal);
    fetching.catch(() => {});
    await isBegun();
    server.kill('SIGSTOP');
    await sleep(200);
    const abortedAt = performance.now();
    stop.abort(reason);
    await expect(fetching).rejects.toBe(reason);
    expect(performance.now() - abortedAt).toBeLessThan(500);
    expect(await readdir(folder)).toEqual([]);
    server.kill('SIGCONT');
  });

  it('asks its source for no more than a little while the server confirms nothing', async () => {
    const server = await startServer();
    const { objects } = await startStore(server);
    let asked = 0;
    let stopServer = () => {};
    const source = async function* () {
      for (let i = 0; i < 512; i++) {
        if (i === 100) stopServer();
        asked = i;
        yield new Uint8Array(65_536);
      }
    };
    stopServer = () => server.kill('SIGSTOP');
    const putting = objects.put(newId('o'), source(), NO_LIMIT);
    await sleep(800);
    expect(asked).toBeGreaterThanOrEqual(100);
    expect((asked - 100) * 65_536).toBeLessThan(2 * MEGABYTE);
    server.kill('SIGCONT');
    expect(await putting).toEqual({ bytes: 32 * MEGABYTE });
  });

  it('removes what killed processes left when it is full, and nothing that somebody is writing', async () => {
    const server = await startServer();
    const objectsMaxBytes = 8 * MEGABYTE;
    const { objects } = await startStore(server, { objectsMaxBytes });
    const { objects: others } = await startStore(server, { objectsMaxBytes });
    const { nc } = await streams(server);
    const [kept, writing] = [newId('kept'), newId('writing')];
    const bytes = randomBytes(MEGABYTE);
    await put(objects, kept, bytes);
    const { bytes: written, content, started, goOn } = haltingSource(2 * MEGABYTE);
    const putting = others.put(writing, content, NO_LIMIT);
    await started;
    const dead = { key: newId('dead'), upload: 'never-ended' };
    for (let i = 0; i < 30; i++) await nc.request(chunkSubject(dead, i), new Uint8Array(MAX_CHUNK_BYTES));
    const large = randomBytes(4 * MEGABYTE);
    await expect(put(objects, newId('o'), large)).rejects.toMatchObject({ code: 'no_capacity' });
    await vi.waitFor(() => put(objects, newId('o'), large), { timeout: 5_000, interval: 100 });
    goOn();
    expect(await putting).toEqual({ bytes: 2 * MEGABYTE });
    expect(await isFetched(objects, kept, bytes)).toBe(true);
    rmSync(path);
    expect(await isFetched(objects, writing, written)).toBe(true);
  });

  it('makes chunks that are far smaller than a message may be', async () => {
    const server = await startServer({ config: 'max_payload: 4096' });
    const { objects } = await startStore(server);
    const [key, bytes] = [newId('o'), randomBytes(50_000)];
    await put(objects, key, bytes);
    expect(await messagesIn(server)).toBe(Math.ceil(bytes.length / 1_024) + 1);
    expect(await isFetched(objects, key, bytes)).toBe(true);
  });

  it('leaves live sessions alone where nats-server has no memory for uploads, and says so', async () => {
    const server = await startServer({ config: 'jetstream { max_memory_store: 1500MB }' });
    const { link } = await startStore(server);
    expect(link.state).toEqual({
      status: 'connected',
      detail: expect.stringMatching(/^connected, but without uploads: stream STT_OBJECTS cannot be made: insufficient/),
    });
  });
});
