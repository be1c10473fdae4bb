import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, clip, silence } from '../support/clips.ts';
import type { Deployment } from '../support/deployment.ts';
import { GrpcStream } from '../support/grpc-client.ts';
import { onEveryDeployment } from '../support/on-every-deployment.ts';

const spoken = bytesOf(clip('goforward').pcm16);

onEveryDeployment((start) => {
  let server: Deployment;
  beforeAll(async () => {
    server = await start({ MAX_SESSIONS: '20', ADMISSION_WAIT_MS: '300', RESUME_WINDOW_S: '0' });
  });
  afterAll(() => server.stop());

  /** A session that must not notice what others do. */
  async function innocent(): Promise<string> {
    const stream = new GrpcStream(server.grpcAddress, {});
    await stream.until('opened');
    return stream
      .sendAudio(spoken)
      .then(() => stream.end())
      .then(() => stream.status)
      .then(({ details }) => `${details}: ${stream.text}`);
  }

  const gauge = async (name: string) => {
    const texts = await Promise.all(server.metricsUrls.map(async (url) => (await fetch(url)).text()));
    const [value] = texts.flatMap((text) => new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? []);
    return Number(value);
  };

  describe('other sessions go on', () => {
    it('while a client opens 500 sessions: as many as there are slots, the others are told when to come back', async () => {
      const before = await innocent();
      const crowd = Array.from({ length: 500 }, () => new GrpcStream(server.grpcAddress, {}));
      const outcomes = await Promise.all(
        crowd.map((stream) =>
          Promise.race([stream.until('opened').then(() => 'opened'), stream.status.then((s) => s.code)]),
        ),
      );
      const opened = outcomes.filter((outcome) => outcome === 'opened').length;
      expect(opened).toBe(20);
      expect(outcomes.filter((outcome) => outcome === 8)).toHaveLength(480);
      for (const stream of crowd) stream.cancel();
      await Promise.all(crowd.map((stream) => stream.status));
      await expect.poll(() => gauge('verbatim_sessions'), { timeout: 5_000 }).toBe(0);
      expect(await innocent()).toBe(before);
      for (const stream of crowd) await stream[Symbol.asyncDispose]();
    }, 40_000);

    it('while others send what is no audio', async () => {
      const expected = await innocent();
      const wrong: [object | undefined, object[], RegExp][] = [
        [undefined, [{ audio: { data: Buffer.alloc(100) } }], /config/],
        [{ sampleRateHertz: 7_999 }, [], /sample_rate_hertz/],
        [{ model: 'gpt' }, [], /moonshine-tiny/],
        [{ language: 'tlh' }, [], /tlh/],
        [{}, [{ config: {} }], /config/],
        [{}, [{ audio: { data: Buffer.alloc(5 * 1024 * 1024) } }], /1048576|1 MiB/],
        [{}, [{}], /./],
      ];
      const calls = wrong.map(async ([config, messages, mistake]) => {
        const stream = new GrpcStream(server.grpcAddress, config);
        for (const message of messages) await stream.send(message);
        const { code, details } = await stream.status;
        expect(code, details).not.toBe(0);
        expect(details).toMatch(mistake);
        await stream[Symbol.asyncDispose]();
      });
      expect(await innocent()).toBe(expected);
      await Promise.all(calls);
    });

    it('and a session survives ten thousand empty chunks and floats that are no numbers', async () => {
      const stream = new GrpcStream(server.grpcAddress, { encoding: 'ENCODING_FLOAT32' });
      for (let i = 0; i < 10_000; i++) await stream.send({ audio: { data: Buffer.alloc(0) } });
      await stream.send({ audio: { data: Buffer.from(Float32Array.of(0, Number.NaN, 0).buffer) } });
      expect((await stream.until('error')).message).toMatch(/NaN/);
      const floats = Float32Array.from(clip('goforward').pcm16, (sample) => sample / 32_768);
      await stream.sendAudio(Buffer.from(floats.buffer));
      await stream.sendAudio(bytesOf(silence(0.1)));
      stream.end();
      expect((await stream.status).details).toBe('OK');
      expect(stream.text.toLowerCase()).toContain('go forward');
    });
  });
});
