import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytesOf, clip, clipFile, silence } from '../support/clips.ts';
import type { Deployment } from '../support/deployment.ts';
import { FilesClient } from '../support/files-client.ts';
import { GrpcStream } from '../support/grpc-client.ts';
import { onEveryDeployment } from '../support/on-every-deployment.ts';
import { WsClient } from '../support/ws-client.ts';

const { pcm16, text } = clip('ljspeech-0004');
const audioSeconds = pcm16.length / 16_000;
/** Long enough to be of the speech and of no sentence of ours. */
const spokenWords = text.toLowerCase().match(/[a-z]{6,}/g)!;

const linesOf = ({ log }: Deployment, sessionId: string) => log.filter((line) => line.sessionId === sessionId);

/** Lines that are written without being asked for. */
const told = (server: Deployment, sessionId: string) =>
  linesOf(server, sessionId).filter(({ level }) => level !== 'debug' && level !== 'trace');

describe('the log', () => {
  onEveryDeployment((start) => {
    it('has one line for each session at info, from its door, and no word that was said, at any level', async () => {
      await using server = await start({ LOG_LEVEL: 'trace' });
      await using ws = await WsClient.open(server.wsUrl, { session_id: 'by-websocket' });
      ws.raw(bytesOf(pcm16));
      ws.json({ type: 'end' });
      await ws.closed;
      await using grpc = new GrpcStream(server.grpcAddress, { sessionId: 'by-grpc', prompt: text });
      await grpc.sendAudio(bytesOf(pcm16));
      grpc.end();
      await grpc.status;

      for (const door of ['websocket', 'grpc']) {
        const sessionId = `by-${door}`;
        await expect.poll(() => told(server, sessionId).length).toBeGreaterThan(0);
        expect(told(server, sessionId)).toMatchObject([
          {
            ...{ level: 'info', msg: 'session closed', door, model: 'moonshine-tiny', reason: 'end_of_audio' },
            ...{ audioSeconds: expect.closeTo(audioSeconds, 2), droppedSeconds: 0, resumed: false },
            ...{ seconds: expect.any(Number), finals: expect.any(Number) },
          },
        ]);
        expect(told(server, sessionId)[0]!.finals).toBeGreaterThan(0);
        const transcriber = ['session claimed', 'session let go'];
        await expect
          .poll(() => linesOf(server, sessionId).map(({ msg }) => msg))
          .toEqual(expect.arrayContaining(transcriber));
      }
      expect(grpc.text.toLowerCase()).toContain(spokenWords[0]);
      const everything = JSON.stringify(server.log).toLowerCase();
      expect(spokenWords.filter((word) => everything.includes(word))).toEqual([]);
    }, 60_000);

    it('has one line for each file, and none for the sessions that it takes', async () => {
      await using server = await start({ LOG_LEVEL: 'info' });
      const client = new FilesClient(server.httpUrl);
      const job = await client.create(readFileSync(clipFile('ljspeech-0004')));
      await client.finished(job);
      const ofJob = () => server.log.filter((line) => JSON.stringify(line).includes(job.job_id));
      await expect.poll(() => ofJob().length).toBeGreaterThan(0);
      expect(ofJob()).toMatchObject([
        {
          ...{ level: 'info', msg: 'job done', jobId: job.job_id, status: 'completed' },
        },
      ]);
    }, 60_000);

    it('has one line for a session that lost its client and was resumed', async () => {
      await using server = await start({ LOG_LEVEL: 'info' });
      await using first = new GrpcStream(server.grpcAddress, { sessionId: 'twice' });
      await first.sendAudio(bytesOf(pcm16));
      await first.sendAudio(bytesOf(silence(1)));
      const { resumeToken } = await first.until('opened');
      const { sequence } = await first.until('final');
      first.cancel();
      await first.status;
      const resume = { token: resumeToken, lastSequence: sequence };
      await using second = new GrpcStream(server.grpcAddress, { sessionId: 'twice', resume });
      await second.until('opened');
      second.end();
      await second.status;
      await expect.poll(() => told(server, 'twice').length).toBeGreaterThan(0);
      expect(told(server, 'twice')).toMatchObject([
        { msg: 'session closed', door: 'grpc', reason: 'end_of_audio', resumed: true, finals: expect.any(Number) },
      ]);
    }, 60_000);
  });
});
