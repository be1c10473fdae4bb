import {
  ApiError,
  ClientError,
  type ConnectionChange,
  type Job,
  StreamClient,
  type StreamClientOptions,
  VerbatimApi,
} from '@verbatim/client';
import type { ClientEvent, Final } from '@verbatim/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from '../chaos/tcp-proxy.ts';
import { bytesOf, clip } from '../support/clips.ts';
import type { Deployment } from '../support/deployment.ts';
import { wavOf } from '../support/media-files.ts';
import { onEveryDeployment } from '../support/on-every-deployment.ts';

const PATIENT = { timeout: 60_000 };
const speech = bytesOf(clip('jfk').pcm16);
const CHUNK_BYTES = 3_200;
const IN_A_SENTENCE = 6.3 * 32_000;

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
      const finals = read(client);
      // In parts, so that there is audio on its way at each cut however quick the machine is.
      const part = CHUNK_BYTES * Math.ceil(speech.length / CHUNK_BYTES / 4);
      for (let cuts = 1; cuts <= 3; cuts++) {
        const writing = write(client, (cuts - 1) * part, cuts * part);
        network.cut();
        await expect.poll(() => changes.filter(({ state }) => state === 'resumed').length, PATIENT).toBe(cuts);
        await writing;
      }
      await write(client, 3 * part);
      client.end();
      expect((await finals).map(({ text }) => text).join(' ')).toMatch(/what your country can do.*what you can do/i);
    });

    it('gets one answer to each finalize, behind the text that it asked for', PATIENT, async () => {
      const session = async (disturb: () => void) => {
        const client = await open();
        const told: string[] = [];
        const reading = read(client, (event) => {
          if (event.type === 'flushed') told.push(event.requestId);
          if (event.type === 'final') told.push(`${event.reason} ${event.text}`);
        });
        await write(client, 0, IN_A_SENTENCE);
        client.finalize('first');
        disturb();
        await write(client, IN_A_SENTENCE);
        client.finalize('second');
        client.end();
        await reading;
        return told;
      };
      const finals = (told: readonly string[]) => told.filter((each) => each.includes(' '));
      const check = (told: readonly string[]) => {
        // Not before its text; a later final may overtake it where the log was slow to confirm the request.
        const text = told.findIndex((each) => each.startsWith('finalize '));
        expect(text).toBeGreaterThanOrEqual(0);
        expect(told.indexOf('first')).toBeGreaterThan(text);
        expect(told.at(-1)).toBe('second');
        expect(told.filter((each) => !each.includes(' '))).toEqual(['first', 'second']);
      };
      const undisturbed = await session(() => {});
      check(undisturbed);
      expect(changes).toEqual([]);
      const disturbed = await session(() => network.cut());
      check(disturbed);
      expect(finals(disturbed)).toEqual(finals(undisturbed));
      expect(changes).toHaveLength(2);
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

  describe('the REST API', () => {
    const api = () => new VerbatimApi({ server: deployment.httpUrl });

    it('tells of the server and its models', async () => {
      expect(await api().health()).toMatchObject({ status: 'healthy' });
      expect((await api().models()).filter((model) => model.default)).toHaveLength(1);
    });

    it('has a file transcribed, watched, read and erased', PATIENT, async () => {
      const file = new Blob([wavOf(clip('goforward').pcm16)]);
      const { jobId } = await api().createJob(file, { fileName: 'go.wav', fields: { language: 'en' } });
      const seen: Job[] = [];
      for await (const job of api().watchJob(jobId)) seen.push(job);
      expect(seen.at(-1)).toMatchObject({ status: 'completed', fileName: 'go.wav', progress: 1 });
      expect(seen.at(-1)!.result!.text).toMatch(/go forward ten meters/i);
      expect(seen.at(-1)!.finishedAt!.getTime()).toBeGreaterThan(seen[0]!.createdAt.getTime());
      expect(await api().jobResult(jobId, 'vtt')).toMatch(/^WEBVTT/);
      await api().cancelJob(jobId);
      await api().deleteJob(jobId);
      await expect(api().job(jobId)).rejects.toMatchObject({ status: 404, code: 'job_not_found' });
    });

    it('refuses with the words of the server', async () => {
      const creating = api().createJob(new Blob(['no audio']), { fileName: 'a.txt', fields: { model: 'nobody' } });
      await expect(creating).rejects.toBeInstanceOf(ApiError);
    });

    it('has the finals of a session as its stream had them', PATIENT, async () => {
      const client = await open();
      const finals = await transcribe(client);
      const { finals: kept, status, finalCount } = await api().session(client.sessionId);
      expect(kept).toEqual(finals);
      expect([status, finalCount]).toEqual(['closed', finals.length]);
    });
  });
});
