import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, clip, joined, silence } from '../support/clips.ts';
import type { Deployment } from '../support/deployment.ts';
import { alaw, atRate, float32, linear16, mulaw } from '../support/formats.ts';
import { GrpcStream } from '../support/grpc-client.ts';
import { normaliseWords } from '../support/normalise-words.ts';
import { onEveryDeployment } from '../support/on-every-deployment.ts';
import { wordErrorRate, wordErrors } from '../support/word-alignment.ts';

const jfk = clip('jfk');

onEveryDeployment((start) => {
  let server: Deployment;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  /** Streams all of `audio` and returns the finished call. */
  async function transcribe(audio: Buffer, config: object = {}, chunkBytes = 3_200): Promise<GrpcStream> {
    const stream = new GrpcStream(server.grpcAddress, config);
    await stream.sendAudio(audio, chunkBytes);
    stream.end();
    const status = await stream.status;
    expect(status.details, 'status').toBe('OK');
    return stream;
  }

  describe('StreamingRecognize', () => {
    it('turns real speech into the right words, in order, with an opening and an end', async () => {
      const stream = await transcribe(bytesOf(jfk.pcm16));
      expect(wordErrorRate(wordErrors(normaliseWords(jfk.text), normaliseWords(stream.text)))).toBeLessThanOrEqual(10);
      expect(stream.events[0]?.type).toBe('opened');
      expect(stream.events.at(-1)).toMatchObject({ type: 'closed', value: { reason: 'end_of_audio' } });
      const finals = stream.of('final');
      expect(finals.map(({ sequence }) => Number(sequence))).toEqual(finals.map((_, i) => i + 1));
      for (const { start, end, confidence, language } of finals) {
        expect(Number(end)).toBeGreaterThan(Number(start));
        expect(confidence).toBeGreaterThan(0.3);
        expect(language).toBe('en');
      }
    });

    it('shows partials that grow towards the final while speech arrives at its own pace', async () => {
      const stream = new GrpcStream(server.grpcAddress, {});
      const audio = joined(clip('ljspeech-0004').pcm16, silence(1));
      const began = performance.now();
      for (let at = 0; at < audio.length; at += 1_600) {
        await stream.send({ audio: { data: bytesOf(audio.subarray(at, at + 1_600)) } });
        await new Promise((resolve) => setTimeout(resolve, began + (at + 1_600) / 16 - performance.now()));
      }
      const final = await stream.until('final');
      const firstFinal = stream.events.findIndex(({ type }) => type === 'final');
      const partials = stream.events.slice(0, firstFinal).filter(({ type }) => type === 'partial');
      expect(partials.length).toBeGreaterThanOrEqual(3);
      expect(
        wordErrorRate(wordErrors(normaliseWords(final.text), normaliseWords(partials.at(-1)?.value.text))),
      ).toBeLessThanOrEqual(30);
      stream.end();
      await stream.status;
      let stable = '';
      for (const { value } of partials) {
        expect(value.text.startsWith(stable)).toBe(true);
        stable = value.text.slice(0, value.stableChars);
      }
    });

    it('gives the same finals whatever the chunk size, from one byte to a mebibyte', async () => {
      const audio = joined(
        clip('ljspeech-0002').pcm16,
        silence(0.8),
        clip('librispeech-3331-0001').pcm16,
        silence(0.8),
      );
      const finals = async (chunkBytes: number) =>
        (await transcribe(bytesOf(audio), {}, chunkBytes))
          .of('final')
          .map(({ text, start, end }) => ({ text, start, end }));
      const expected = await finals(3_200);
      expect(expected).toHaveLength(2);
      for (const chunkBytes of [7, 333, 4_096, 65_535, 1_048_576]) {
        expect(await finals(chunkBytes), `${chunkBytes} bytes`).toEqual(expected);
      }
    }, 60_000);

    it('puts single bytes together', async () => {
      const word = bytesOf(clip('commonvoice-six').pcm16.subarray(8_000, 24_000));
      const stream = await transcribe(word, {}, 1);
      expect(normaliseWords(stream.text)).toEqual(['six']);
      expect(stream.of('final')).toEqual((await transcribe(word)).of('final'));
    }, 60_000);

    it('gives the same finals at the pace of speech as faster', async () => {
      const audio = joined(clip('goforward').pcm16, silence(0.7), clip('ljspeech-0002').pcm16, silence(0.7));
      const fast = await transcribe(bytesOf(audio));
      const stream = new GrpcStream(server.grpcAddress, {});
      const began = performance.now();
      for (let at = 0; at < audio.length; at += 800) {
        await stream.send({ audio: { data: bytesOf(audio.subarray(at, at + 800)) } });
        await new Promise((resolve) => setTimeout(resolve, began + (at + 800) / 16 - performance.now()));
      }
      stream.end();
      await stream.status;
      expect(stream.of('final')).toEqual(fast.of('final'));
    });

    it.each([
      ['8 kHz mu-law', { encoding: 'ENCODING_MULAW', sampleRateHertz: 8_000 }, () => mulaw(atRate(jfk.pcm16, 8_000))],
      ['8 kHz A-law', { encoding: 'ENCODING_ALAW', sampleRateHertz: 8_000 }, () => alaw(atRate(jfk.pcm16, 8_000))],
      ['44.1 kHz', { sampleRateHertz: 44_100 }, () => linear16(atRate(jfk.pcm16, 44_100))],
      ['48 kHz stereo', { sampleRateHertz: 48_000, channelCount: 2 }, () => linear16(atRate(jfk.pcm16, 48_000), 2)],
      ['16 kHz float', { encoding: 'ENCODING_FLOAT32' }, () => float32(atRate(jfk.pcm16, 16_000))],
      ['8 kHz', { sampleRateHertz: 8_000 }, () => linear16(atRate(jfk.pcm16, 8_000))],
    ])('understands %s', async (_, config, make) => {
      const stream = await transcribe(make(), config);
      expect(wordErrorRate(wordErrors(normaliseWords(jfk.text), normaliseWords(stream.text)))).toBeLessThanOrEqual(15);
      expect(stream.of('closed')[0].audioSeconds).toBeCloseTo(11, 1);
    });

    it('answers each finalize exactly once, after the text of the audio before it', async () => {
      const stream = new GrpcStream(server.grpcAddress, {});
      await stream.send({ finalize: { requestId: 'nothing yet' } });
      await stream.sendAudio(bytesOf(clip('goforward').pcm16));
      await stream.send({ finalize: { requestId: 'now' } });
      await stream.until('flushed', ({ requestId }) => requestId === 'now');
      const order = stream.events.filter(({ type }) => type === 'final' || type === 'flushed');
      expect(order.map(({ value }) => value.requestId ?? value.text.toLowerCase())).toEqual([
        'nothing yet',
        expect.stringContaining('go forward'),
        'now',
      ]);
      stream.end();
      await stream.status;
      expect(stream.of('flushed')).toHaveLength(2);
    });

    it('gives a client that just stops sending its final', async () => {
      const stream = new GrpcStream(server.grpcAddress, {});
      await stream.sendAudio(bytesOf(clip('goforward').pcm16));
      expect(normaliseWords((await stream.until('final')).text)).toContain('forward');
      await stream[Symbol.asyncDispose]();
    });

    it('takes a lost connection up again: nothing lost, nothing doubled', async () => {
      const audio = joined(clip('ljspeech-0002').pcm16, silence(0.8), jfk.pcm16, silence(0.8));
      const undisturbed = await transcribe(bytesOf(audio));
      const first = new GrpcStream(server.grpcAddress, { sessionId: 'lost-connection' });
      const { resumeToken } = await first.until('opened');
      await first.sendAudio(bytesOf(audio.subarray(0, 90_000)));
      const { sequence } = await first.until('final');
      first.cancel();
      await first.status;
      const second = new GrpcStream(server.grpcAddress, {
        sessionId: 'lost-connection',
        resume: { token: resumeToken, lastSequence: sequence },
      });
      const { nextSample } = await second.until('opened');
      // What the server has already comes again, as from a client that is not sure.
      const from = Math.max(0, Number(nextSample) - 5_000);
      await second.send({
        audio: { data: bytesOf(audio.subarray(from)).subarray(0, 800_000), firstSample: String(from) },
      });
      second.end();
      expect((await second.status).details).toBe('OK');
      expect([...first.of('final'), ...second.of('final')]).toEqual(undisturbed.of('final'));
    });

    it('refuses a resume with a wrong token and an unknown session, by name', async () => {
      const open = new GrpcStream(server.grpcAddress, { sessionId: 'guarded' });
      await open.until('opened');
      const wrong = new GrpcStream(server.grpcAddress, { sessionId: 'guarded', resume: { token: 'guess' } });
      expect((await wrong.status).details).toMatch(/token/);
      const unknown = new GrpcStream(server.grpcAddress, { sessionId: 'nobody', resume: { token: 'x' } });
      expect((await unknown.status).details).toMatch(/nobody/);
      open.end();
      expect((await open.status).details).toBe('OK');
    });
  });
});
