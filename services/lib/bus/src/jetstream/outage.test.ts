import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import type { LinkState, Samples, SessionEvent } from '@verbatim/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { iterate, newId, specOf, take } from '../contract/bus-under-test.ts';
import type { AudioEntry, Claim } from '../ports.ts';
import { SlotPool } from '../slot-pool.ts';
import { findNatsServer, type NatsServer, startNatsServer } from '../testing/nats-server.ts';
import { createJetStreamBus, type JetStreamBus } from './jetstream-bus.ts';
import type { JetStreamBusOptions } from './options.ts';

const missing = findNatsServer() === null ? ' (skipped: nats-server is not installed)' : '';
const live = () => new AbortController().signal;
const ramp = (from: Samples, count: number) => Int16Array.from({ length: count }, (_, i) => (from + i) % 30_011);

/** What a reader got up to the mark `end`, flat: audio as [first, last + 1) runs with right values, marks by index. */
const readToEnd = async (entries: AsyncIterable<AudioEntry>) => {
  const runs: [Samples, Samples][] = [];
  const marks: number[] = [];
  for await (const entry of entries) {
    if (entry.type === 'mark') {
      marks.push(entry.index);
      if (entry.mark.type === 'end') return { runs, marks };
      continue;
    }
    const { firstSample, pcm16 } = entry;
    expect(pcm16.length).toBeGreaterThan(0);
    expect([...pcm16]).toEqual([...ramp(firstSample, pcm16.length)]);
    const last = runs.at(-1);
    if (last?.[1] === firstSample) last[1] += pcm16.length;
    else runs.push([firstSample, firstSample + pcm16.length]);
  }
  throw new Error('The reader ended before the end.');
};

describe.skipIf(missing !== '')(`the JetStream bus when nats-server is away${missing}`, () => {
  const cleanUp: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const act of cleanUp.splice(0).reverse()) await act();
  });

  const startServer = async (from?: NatsServer): Promise<NatsServer> => {
    const server = await startNatsServer(from === undefined ? {} : { port: from.port, storeDir: from.storeDir });
    cleanUp.push(() => server.stop());
    return server;
  };
  const kill = async (server: NatsServer) => {
    server.kill('SIGKILL');
    await server.exited;
  };
  const startBus = async (server: NatsServer, options: Partial<JetStreamBusOptions> = {}): Promise<JetStreamBus> => {
    const bus = createJetStreamBus({ servers: [server.url], name: 'test', ...options });
    cleanUp.push(async () => bus[Symbol.asyncDispose]());
    await bus.ready;
    return bus;
  };
  /** A way to the server that can be shut for a while, for what comes behind it. */
  const startGate = async (server: NatsServer) => {
    let isOpen = true;
    const sockets = new Set<Socket>();
    const gate = createServer((near) => {
      if (!isOpen) return near.destroy();
      const far = createConnection(Number(new URL(server.url).port), '127.0.0.1');
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => [near, far].map((each) => each.destroy()));
      }
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
    const shut = () => {
      isOpen = false;
      for (const socket of sockets) socket.destroy();
    };
    cleanUp.push(async () => {
      shut();
      gate.close();
    });
    const open = () => {
      isOpen = true;
    };
    return { url: `nats://127.0.0.1:${(gate.address() as AddressInfo).port}`, shut, open };
  };
  const takeOne = async (bus: JetStreamBus, model: string): Promise<Claim> =>
    (await take(iterate(bus.claims.take(model, new SlotPool(1), live())), 1))[0]!;
  const beating = (claim: Claim, ms: number): void => {
    const timer = setInterval(() => void claim.heartbeat(), ms);
    cleanUp.push(async () => clearInterval(timer));
  };

  it('gives its reader and a new one everything once, in order, after a restart that emptied the memory', async () => {
    const server = await startServer();
    const writer = await startBus(server);
    const reader = await startBus(server);
    const id = newId('s');
    const early = readToEnd(reader.audio.read(id, 0, live()));
    for (let at = 0; at < 48_000; at += 1_600) await writer.audio.append(id, at, ramp(at, 1_600));
    expect(await writer.audio.mark(id, { type: 'finalize', requestId: 'a' })).toBe(1);
    writer.audio.committed(id, 32_000);
    await kill(server);
    const during = writer.audio.append(id, 48_000, ramp(48_000, 1_600));
    const markDuring = writer.audio.mark(id, { type: 'idle' });
    await sleep(300);
    await startServer(server);
    await during;
    expect(await markDuring).toBe(2);
    for (let at = 49_600; at < 64_000; at += 1_600) await writer.audio.append(id, at, ramp(at, 1_600));
    expect(await writer.audio.mark(id, { type: 'end', reason: 'end_of_audio' })).toBe(3);
    expect(await early).toEqual({ runs: [[0, 64_000]], marks: [1, 2, 3] });
    const late = await readToEnd(reader.audio.read(id, 16_000, live()));
    expect(late).toEqual({ runs: [[16_000, 64_000]], marks: [1, 2, 3] });
  });

  it('writes again what is not committed without being told to, and keeps the place of what is', async () => {
    const server = await startServer();
    const bus = await startBus(server);
    const [open, committed] = [newId('open'), newId('committed')];
    for (const id of [open, committed]) {
      await bus.audio.append(id, 0, ramp(0, 48_000));
      await bus.audio.mark(id, { type: 'finalize', requestId: 'a' });
    }
    bus.audio.committed(committed, 48_000 + 16_000 + 1);
    await kill(server);
    await startServer(server);
    const other = await startBus(server);
    await vi.waitFor(async () => expect(await other.audio.head(open)).toBe(48_000), { timeout: 5_000 });
    await vi.waitFor(async () => expect(await other.audio.head(committed)).toBe(48_000), { timeout: 5_000 });
    for (const id of [open, committed]) {
      expect(await other.audio.mark(id, { type: 'end', reason: 'end_of_audio' })).toBe(2);
    }
    expect(await readToEnd(other.audio.read(open, 0, live()))).toEqual({ runs: [[0, 48_000]], marks: [1, 2] });
    expect(await readToEnd(other.audio.read(committed, 0, live()))).toEqual({ runs: [], marks: [2] });
  });

  it('goes on after the server stood still for some seconds', async () => {
    const server = await startServer();
    const bus = await startBus(server, { ackWaitMs: 2_000 });
    const id = newId('s');
    const reading = readToEnd(bus.audio.read(id, 0, live()));
    const model = newId('m');
    await bus.claims.offer(specOf(id, model));
    const claim = await takeOne(bus, model);
    beating(claim, 600);
    await bus.audio.append(id, 0, ramp(0, 1_600));
    server.kill('SIGSTOP');
    const writing = (async () => {
      for (let at = 1_600; at < 16_000; at += 1_600) await bus.audio.append(id, at, ramp(at, 1_600));
      return await bus.audio.mark(id, { type: 'end', reason: 'end_of_audio' });
    })();
    await sleep(4_000);
    server.kill('SIGCONT');
    expect(await writing).toBe(1);
    expect(await reading).toEqual({ runs: [[0, 16_000]], marks: [1] });
    await sleep(1_500);
    expect(claim.lost.aborted).toBe(false);
  });

  it('notices a server that is frozen, within ten seconds', { timeout: 30_000 }, async () => {
    const server = await startServer();
    const states: LinkState[] = [];
    const bus = await startBus(server, { onState: (state) => states.push(state) });
    server.kill('SIGSTOP');
    // More than the system takes for a process that does not read: closing must not wait until it is sent.
    const rest = { utterance: 1, stableChars: 0, confidence: 1, start: 0, end: 1, language: 'en' };
    const long: SessionEvent = { type: 'partial', text: 'x'.repeat(100_000), ...rest };
    for (let i = 0; i < 300; i++) await bus.events.publish(newId('s'), long);
    await vi.waitFor(() => expect(bus.state.status).toBe('away'), { timeout: 10_000 });
    await vi.waitFor(() => expect(bus.state.detail).toContain('does not answer'), { timeout: 10_000 });
    server.kill('SIGCONT');
    await vi.waitFor(() => expect(bus.state).toEqual({ status: 'connected', detail: 'connected' }), {
      timeout: 10_000,
    });
  });

  it('keeps claims through a restart, and their holders through an outage of three seconds', async () => {
    const server = await startServer();
    const bus = await startBus(server);
    const other = await startBus(server);
    const model = newId('m');
    const [held, waiting] = [specOf(newId('held'), model), specOf(newId('waiting'), model)];
    await bus.claims.offer(held);
    const claim = await takeOne(bus, model);
    await bus.claims.offer(waiting);
    beating(claim, 1_500);
    await sleep(500);
    await kill(server);
    const refused = takeOne(other, model);
    await sleep(3_000);
    await startServer(server);
    expect((await refused).spec).toEqual(waiting);
    await sleep(3_000);
    expect(claim.lost.aborted).toBe(false);
    expect(await bus.claims.depth(model)).toEqual({ queued: 0, active: 2 });
    await claim.done();
    expect(await bus.claims.depth(model)).toEqual({ queued: 0, active: 1 });
  });

  it('heartbeats what it holds at once when NATS is back', async () => {
    const server = await startServer();
    const gate = await startGate(server);
    const bus = await startBus(server, { servers: [gate.url] });
    const model = newId('m');
    await bus.claims.offer(specOf(newId('s'), model));
    const claim = await takeOne(bus, model);
    gate.shut();
    await kill(server);
    const acknowledged: string[] = [];
    const again = await startServer(server);
    const listener = await connect({ servers: [again.url] });
    cleanUp.push(() => listener.close());
    listener.subscribe('$JS.ACK.STT_CLAIMS.>', { callback: (_, message) => void acknowledged.push(message.string()) });
    await listener.flush();
    // Only now: the bus would be back, and have said so, before anybody listens.
    gate.open();
    await vi.waitFor(() => expect(acknowledged).toContain('+WPI'), { timeout: 3_000 });
    expect(claim.lost.aborted).toBe(false);
  });

  it('rejects with unavailable, and says when to come back, when the outage is longer than its patience', async () => {
    const server = await startServer();
    const bus = await startBus(server, { patienceMs: 700 });
    const id = newId('s');
    await bus.audio.append(id, 0, ramp(0, 1_600));
    await kill(server);
    const unavailable = { code: 'unavailable', retryAfterMs: 1_000 };
    const calls = [
      bus.audio.append(id, 1_600, ramp(1_600, 1_600)),
      bus.audio.mark(id, { type: 'idle' }),
      bus.audio.head(newId('other')),
      bus.claims.offer(specOf(id, 'm')),
      bus.claims.withdraw(id),
      bus.claims.depth('m'),
      bus.events.subscribe(id, live()),
      bus.notices.listen(id, live()),
      bus.doors.serve(id, async () => ({ type: 'noted' }), live()),
      bus.doors.call(id, { type: 'erased' }),
      bus.audio.erase(newId('erased')),
      bus.tasks.offer({ kind: 'webhook', jobId: id }),
    ];
    const outcomes = await Promise.allSettled(calls);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: unavailable });
    await bus.events.publish(id, { type: 'speech_started', at: 1 });
    await bus.events.control(id, { type: 'keep_alive' });
    await startServer(server);
    await bus.audio.append(id, 1_600, ramp(1_600, 1_600));
    expect(await bus.audio.mark(id, { type: 'end', reason: 'idle' })).toBe(1);
    expect(await readToEnd(bus.audio.read(id, 0, live()))).toEqual({ runs: [[0, 3_200]], marks: [1] });
  });

  it('subscribes and serves again by itself after a restart', async () => {
    const server = await startServer();
    const bus = await startBus(server);
    const id = newId('s');
    const events = iterate(await bus.events.subscribe(id, live()));
    await bus.doors.serve(id, async () => ({ type: 'noted' }), live());
    const notices = iterate(await bus.notices.listen(id, live()));
    await kill(server);
    await bus.notices.tell(id);
    await startServer(server);
    await vi.waitFor(() => expect(bus.state.status).toBe('connected'), { timeout: 5_000 });
    const other = await startBus(server);
    await other.events.publish(id, { type: 'speech_started', at: 7 });
    expect(await take(events, 1)).toEqual([{ type: 'speech_started', at: 7 }]);
    expect(await other.doors.call(id, { type: 'erased' })).toEqual({ type: 'noted' });
    // The one that was told into the void; then a new one.
    await take(notices, 1);
    const told = take(notices, 1);
    await other.notices.tell(id);
    await told;
  });

  it('queues a session at once whose holder is gone, when it is offered again', async () => {
    const server = await startServer();
    const [door, dying, next] = [await startBus(server), await startBus(server), await startBus(server)];
    const model = newId('m');
    const spec = specOf(newId('s'), model);
    await door.claims.offer(spec);
    const claim = await takeOne(dying, model);
    await door.claims.offer(spec);
    expect(await door.claims.depth(model)).toEqual({ queued: 0, active: 1 });
    await dying[Symbol.asyncDispose]();
    expect(claim.lost.aborted).toBe(true);
    const again = takeOne(next, model);
    // As doors do: a probe may come before the server has noticed that the process is gone.
    const offering = setInterval(() => void door.claims.offer(spec), 300);
    const taken = await Promise.race([again, sleep(2_500, null, { ref: false })]);
    clearInterval(offering);
    expect(taken?.spec).toEqual(spec);
    expect(await door.claims.depth(model)).toEqual({ queued: 0, active: 1 });
  });

  it('lets two writers of one session take over from each other without losing or doubling audio', async () => {
    const server = await startServer();
    const [a, b] = [await startBus(server), await startBus(server)];
    const id = newId('s');
    for (let at = 0; at < 32_000; at += 1_600) {
      const piece = ramp(at, 1_600);
      await Promise.all([a.audio.append(id, at, piece), b.audio.append(id, at, piece)]);
    }
    expect(await a.audio.mark(id, { type: 'finalize', requestId: 'a' })).toBe(1);
    expect(await b.audio.mark(id, { type: 'end', reason: 'end_of_audio' })).toBe(2);
    expect(await readToEnd(a.audio.read(id, 0, live()))).toEqual({ runs: [[0, 32_000]], marks: [1, 2] });
  });

  it('ends the readers of other processes and forgets their writers when a session is erased', async () => {
    const server = await startServer();
    const [a, b] = [await startBus(server), await startBus(server)];
    const id = newId('s');
    await a.audio.append(id, 0, ramp(0, 1_600));
    const reader = iterate(a.audio.read(id, 0, live()));
    await take(reader, 1);
    const waiting = reader.next();
    await b.audio.erase(id);
    expect(await waiting).toMatchObject({ done: true });
    await kill(server);
    await startServer(server);
    await vi.waitFor(() => expect(a.state.status).toBe('connected'), { timeout: 5_000 });
    await sleep(200);
    expect(await b.audio.head(id)).toBe(0);
  });

  it('splits audio that is larger than a message may be', async () => {
    const server = await startNatsServer({ config: 'max_payload: 4096' });
    cleanUp.push(() => server.stop());
    const bus = await startBus(server);
    const id = newId('s');
    await bus.audio.append(id, 0, ramp(0, 40_000));
    await bus.audio.mark(id, { type: 'end', reason: 'end_of_audio' });
    expect(await readToEnd(bus.audio.read(id, 0, live()))).toEqual({ runs: [[0, 40_000]], marks: [1] });
  });
});
