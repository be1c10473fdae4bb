import {
  ClientError,
  type ConnectionChange,
  StreamClient,
  type StreamClientOptions,
  VerbatimApi,
} from '@verbatim/client';
import type { ClientEvent, Final } from '@verbatim/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from '../chaos/tcp-proxy.ts';
import { bytesOf, clip } from '../support/clips.ts';
import type { Deployment } from '../support/deployment.ts';
import { onEveryDeployment } from '../support/on-every-deployment.ts';

const PATIENT = { timeout: 60_000 };
const speech = bytesOf(clip('jfk').pcm16);
const CHUNK_BYTES = 3_200;

onEveryDeployment((start) => {
  let deployment: Deployment;
  let network: TcpProxy;
  let changes: ConnectionChange[];

  beforeAll(async () => {
    deployment = await start();
  });
  afterAll(() => deployment?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    changes = [];
    network = await TcpProxy.start(Number(new URL(deployment.httpUrl).port));
  });
  afterEach(() => network[Symbol.asyncDispose]());

  const open = (options: Partial<StreamClientOptions> = {}) =>
    StreamClient.open({
      server: `http://127.0.0.1:${network.port}`,
      request: { silence_ms: 500 },
      onConnection: (change) => changes.push(change),
      ...options,
    });

  const write = async (client: StreamClient, from = 0, to = speech.length) => {
    for (let at = from; at < to; at += CHUNK_BYTES) {
      await client.write(speech.subarray(at, Math.min(to, at + CHUNK_BYTES)));
    }
  };

  /** Reads a session to its end; `onEvent` hears of each event. */
  async function read(client: StreamClient, onEvent: (event: ClientEvent) => void = () => {}): Promise<Final[]> {
    const finals: Final[] = [];
    for await (const event of client.events()) {
      onEvent(event);
      if (event.type === 'final') finals.push(event);
    }
    return finals;
  }

  /** Sends the recording as fast as the server takes it. */
  async function transcribe(client: StreamClient, onEvent?: (event: ClientEvent) => void): Promise<Final[]> {
    void write(client).then(() => client.end());
    return await read(client, onEvent);
  }

  const lines = (finals: readonly Final[]) => finals.map(({ sequence, text }) => `${sequence} ${text}`);

  describe('a client whose connection is lost', () => {
    it('has every final once, the same as without the loss', PATIENT, async () => {
      const undisturbed = await transcribe(await open());
      expect(undisturbed.length).toBeGreaterThan(2);
      expect(changes).toEqual([]);
      const cut = await transcribe(await open(), (event) => {
        if (event.type === 'final' && event.sequence === 1) network.cut();
      });
      expect(lines(cut)).toEqual(lines(undisturbed));
      expect(changes).toEqual([
        { state: 'lost', attempt: 1 },
        { state: 'resumed', afterMs: expect.any(Number) },
      ]);
    });

    it('loses no audio that was on its way', PATIENT, async () => {
      const client = await open();
      const finals = transcribe(client);
      for (let cuts = 1; cuts <= 3; cuts++) {
        network.cut();
        await expect.poll(() => changes.filter(({ state }) => state === 'resumed').length, PATIENT).toBe(cuts);
      }
      expect((await finals).map(({ text }) => text).join(' ')).toMatch(/what your country can do.*what you can do/i);
    });

    it('gets one answer to each finalize, behind the text that it asked for', PATIENT, async () => {
      const client = await open();
      const told: string[] = [];
      const reading = read(client, (event) => {
        if (event.type === 'flushed') told.push(event.requestId);
        if (event.type === 'final') told.push(event.text);
      });
      const half = Math.round(speech.length / 4) * 2;
      await write(client, 0, half);
      client.finalize('half');
      network.cut();
      await write(client, half);
      client.finalize('all');
      client.end();
      const finals = await reading;
      expect(told.filter((one) => one === 'half' || one === 'all')).toEqual(['half', 'all']);
      expect(told.at(-1)).toBe('all');
      expect(told.indexOf('half')).toBeGreaterThan(0);
      expect(finals.map(({ reason }) => reason)).toContain('finalize');
    });

    it(
      'gives up when the time to resume is over, with the reason, and the finals that came are kept',
      PATIENT,
      async () => {
        const client = await open({ resumeWindowMs: 300 });
        const heard: string[] = [];
        const reading = transcribe(client, (event) => {
          if (event.type !== 'final') return;
          heard.push(event.text);
          void network[Symbol.asyncDispose]();
        });
        await expect(reading).rejects.toThrow(
          "The connection was lost and the session can't be taken up again: The server at",
        );
        await expect(reading).rejects.toBeInstanceOf(ClientError);
        expect(heard[0]).toMatch(/fellow/);
      },
    );

    it('that leaves ends its session on the server', PATIENT, async () => {
      const client = await open();
      await client.write(speech.subarray(0, 32_000));
      await client.abandon();
      const api = new VerbatimApi({ server: deployment.httpUrl });
      const { sessionId } = client;
      await expect.poll(async () => (await api.session(sessionId)).status, { timeout: 10_000 }).toBe('closed');
      await read(client, (event) => expect(event.type).not.toBe('error'));
    });
  });
});
