import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Final } from '@verbatim/contracts';
import { createLogger } from '@verbatim/kit';
import { type StandaloneServer, startServer } from '@verbatim/standalone';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { config, describeWithModel, recording } from '../testing.ts';
import { serverAddress } from './server-address.ts';
import { StreamClient, type StreamClientOptions } from './stream-client.ts';

const PATIENT = { timeout: 60_000 };
const PCM = readFileSync(recording('jfk.wav')).subarray(44);

/** A network that can fail: passes everything on to a port until its connections are cut. */
class Network {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  connections = 0;
  #up = true;

  constructor(port: number) {
    this.#server = createServer((client) => {
      this.connections++;
      if (!this.#up) return void client.destroy();
      const upstream = connect(port, '127.0.0.1');
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => this.#sockets.delete(socket));
      }
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
      client.pipe(upstream).pipe(client);
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection, without a goodbye; `forGood`: and every later one. */
  cut(forGood = false): void {
    if (forGood) this.#up = false;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

describeWithModel('a client whose connection is lost', () => {
  let server: StandaloneServer;
  let network: Network;
  let url: URL;
  let notices: string[];

  beforeAll(async () => {
    const free = { ...config, PORT: 0, GRPC_PORT: 0, METRICS_PORT: 0 };
    server = await startServer(free, createLogger({ level: 'error', name: 'test' }));
  });
  afterAll(async () => {
    await server?.stop('the tests are over');
  });
  beforeEach(async () => {
    notices = [];
    network = new Network(server.httpPort);
    url = serverAddress(await network.listen()).stream;
  });
  afterEach(() => network.close());

  const open = (options: Partial<StreamClientOptions> = {}) =>
    StreamClient.open({
      url,
      request: { silence_ms: 500 },
      signal: new AbortController().signal,
      onNotice: (sentence) => notices.push(sentence),
      ...options,
    });

  /** Sends the recording and reads the text; `onFinal` hears of each final. */
  async function finalsOf(client: StreamClient, onFinal: (final: Final) => void = () => {}): Promise<Final[]> {
    void (async () => {
      for (let at = 0; at < PCM.length; at += 3_200) await client.write(PCM.subarray(at, at + 3_200));
      client.end();
    })();
    const finals: Final[] = [];
    for await (const event of client.events()) {
      if (event.type !== 'final') continue;
      finals.push(event);
      onFinal(event);
    }
    return finals;
  }

  it('has every final once, the same as without the loss', PATIENT, async () => {
    const undisturbed = await finalsOf(await open());
    expect(undisturbed.length).toBeGreaterThan(2);
    const cut = await finalsOf(await open(), ({ sequence }) => {
      if (sequence === 1) network.cut();
    });
    expect(cut.map(({ sequence, text }) => [sequence, text])).toEqual(
      undisturbed.map(({ sequence, text }) => [sequence, text]),
    );
    expect(network.connections).toBe(3);
    expect(notices).toEqual([expect.stringContaining('lost; taking it up'), expect.stringContaining('is back')]);
  });

  it('loses no audio that was on its way', PATIENT, async () => {
    const client = await open();
    const finals = finalsOf(client);
    for (let cuts = 0; cuts < 3; cuts++) {
      const connections = network.connections;
      network.cut();
      await expect.poll(() => network.connections, { timeout: 20_000 }).toBeGreaterThan(connections);
    }
    expect((await finals).map(({ text }) => text).join(' ')).toMatch(/what your country can do.*what you can do/i);
  });

  it(
    'gives up when the time to resume is over, with the reason, and the finals that came are kept',
    PATIENT,
    async () => {
      const client = await open({ resumeWindowMs: 300 });
      const heard: string[] = [];
      const reading = finalsOf(client, ({ text }) => {
        heard.push(text);
        network.cut(true);
      });
      await expect(reading).rejects.toThrow(
        "The connection was lost and the session can't be taken up again: The server at",
      );
      expect(heard[0]).toMatch(/fellow/);
    },
  );

  it('that leaves ends its session on the server', PATIENT, async () => {
    const client = await open();
    const { value: opened } = await client.events()[Symbol.asyncIterator]().next();
    await client.write(PCM.subarray(0, 32_000));
    await client.abandon();
    const status = async () => (await server.embedded.store.get(opened.sessionId))?.status;
    await expect.poll(status, { timeout: 10_000 }).toBe('closed');
    for await (const event of client.events()) expect(event.type).not.toBe('error');
  });
});
