import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, silence } from '../support/clips.ts';
import type { Deployment } from '../support/deployment.ts';
import { GrpcStream } from '../support/grpc-client.ts';
import { NOISES, noise } from '../support/noise.ts';
import { onEveryDeployment } from '../support/on-every-deployment.ts';

const MINUTE = 60;
const LEVELS_DB = [-50, -30, -15, -3];

onEveryDeployment((start) => {
  let server: Deployment;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  async function wordsIn(audio: Int16Array) {
    const stream = new GrpcStream(server.grpcAddress, {});
    await stream.sendAudio(bytesOf(audio), 32_000);
    stream.end();
    expect((await stream.status).details).toBe('OK');
    expect(stream.of('closed')[0].audioSeconds).toBe(MINUTE);
    return [...stream.of('partial'), ...stream.of('final')].map(({ text }) => text);
  }

  describe('a minute without speech', () => {
    it('of digital silence gives no text', async () => {
      expect(await wordsIn(silence(MINUTE))).toEqual([]);
    });

    for (const name of Object.keys(NOISES)) {
      it(`of ${name} gives no text, faint or loud`, async () => {
        for (const level of LEVELS_DB) expect(await wordsIn(noise(name, level, MINUTE)), `${level} dB`).toEqual([]);
      }, 60_000);
    }
  });
});
