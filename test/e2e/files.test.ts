import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, clip, joined, silence } from '../support/clips.ts';
import type { Deployment } from '../support/deployment.ts';
import { FilesClient, type JobBody } from '../support/files-client.ts';
import { GrpcStream } from '../support/grpc-client.ts';
import { JobCalls } from '../support/grpc-jobs.ts';
import { converted, hasFfmpeg, stereoWav, wavOf } from '../support/media-files.ts';
import { normaliseWords } from '../support/normalise-words.ts';
import { onEveryDeployment } from '../support/on-every-deployment.ts';
import { wordErrors } from '../support/word-alignment.ts';

const goforward = clip('goforward');
const jfk = clip('jfk');
const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

onEveryDeployment((start) => {
  let server: Deployment;
  let files: FilesClient;
  let openai: OpenAI;
  beforeAll(async () => {
    server = await start({
      WEBHOOK_SECRET: SECRET,
      WEBHOOK_ALLOW: '127.0.0.0/8',
      MAX_UPLOAD_MB: '8',
      MAX_UPLOADS: '40',
      MAX_AUDIO_S: '600',
      UPLOAD_IDLE_TIMEOUT_S: '1',
    });
    files = new FilesClient(server.httpUrl);
    openai = new OpenAI({ baseURL: `${server.httpUrl}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  afterAll(() => server.stop());

  describe('a file', () => {
    it('is taken at once, and its job tells how far it is and what was said', async () => {
      const created = await files.create(wavOf(jfk.pcm16), { name: '../jfk.wav' });
      expect(created).toMatchObject({ progress: 0, file_name: 'jfk.wav', webhook: 'none' });
      const job = await files.finished(created);
      expect(job).toMatchObject({ status: 'completed', progress: 1, warnings: [] });
      const { text, segments, duration, language } = job.result!;
      const { substituted, deleted, inserted } = wordErrors(normaliseWords(jfk.text), normaliseWords(text));
      expect(substituted + deleted + inserted).toBeLessThanOrEqual(2);
      expect(text).toBe(segments.map((segment) => segment.text).join(' '));
      expect(duration).toBeCloseTo(jfk.pcm16.length / 16_000, 3);
      expect(language).toBe('en');
      expect(segments[0]).toMatchObject({ id: 1, confidence: expect.any(Number) });
      for (const { start, end } of segments) expect(end).toBeGreaterThan(start);
    });

    it('says what it says live, with the same pauses', async () => {
      const audio = joined(clip('ljspeech-0002').pcm16, silence(0.8), goforward.pcm16);
      const live = new GrpcStream(server.grpcAddress, { silenceMs: 500 });
      await live.sendAudio(bytesOf(audio));
      live.end();
      await live.status;
      const job = await files.finished(await files.create(wavOf(audio), { fields: { silence_ms: '500' } }));
      expect(job.result?.text).toBe(live.text);
    });

    it.skipIf(!hasFfmpeg)(
      'may be of any kind, video too',
      async () => {
        const wav = wavOf(goforward.pcm16);
        const video = ['-f', 'lavfi', '-i', 'color=size=64x64:rate=5', '-shortest'];
        const kinds: [string, string[]][] = [
          ['mp3', []],
          ['m4a', []],
          ['flac', []],
          ['ogg', ['-c:a', 'libvorbis']],
          ['opus', []],
          ['webm', ['-c:a', 'libopus']],
          ['aac', []],
          ['wma', []],
          ['mp4', video],
        ];
        const jobs = await Promise.all(
          kinds.map(async ([kind, args]) => {
            const job = await files.finished(await files.create(converted(wav, kind, args), { name: `a.${kind}` }));
            return [kind, job.status, job.result?.text.toLowerCase().includes('forward')];
          }),
        );
        expect(jobs).toEqual(kinds.map(([kind]) => [kind, 'completed', true]));
      },
      60_000,
    );

    it('may be samples without a header, which its form describes', async () => {
      const fields = { encoding: 'linear16', sample_rate_hertz: '16000', channel_count: '1' };
      const job = await files.finished(await files.create(bytesOf(goforward.pcm16), { name: 'a.raw', fields }));
      expect(job.result?.text.toLowerCase()).toContain('forward');
    });

    it('has its channels transcribed apart where that is asked for, each by its name', async () => {
      const wav = stereoWav(goforward.pcm16, joined(silence(3), clip('ljspeech-0002').pcm16));
      const fields = { channels: 'separate', channel_labels: 'agent,caller' };
      const job = await files.finished(await files.create(wav, { fields }));
      const textOf = (label: string) =>
        job.result!.segments.filter(({ channel }) => channel === label).map(({ text }) => text.toLowerCase());
      expect(textOf('agent').join(' ')).toContain('forward');
      expect(textOf('caller').join(' ')).toContain('modern');
      expect(job.audio?.channel_count).toBe(2);
      const vtt = await (await files.call('GET', `/${job.job_id}/result?format=vtt`)).text();
      expect(vtt).toContain('<v agent>');
    });

    it('comes as text and subtitles, too', async () => {
      const job = await files.finished(await files.create(wavOf(jfk.pcm16)));
      const result = async (format: string) => {
        const response = await files.call('GET', `/${job.job_id}/result?format=${format}`);
        return [response.headers.get('content-type'), await response.text()] as const;
      };
      expect(await result('text')).toEqual(['text/plain; charset=utf-8', `${job.result!.text}\n`]);
      expect((await result('srt'))[1]).toMatch(/^1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\n\S/);
      expect((await result('vtt'))[1]).toMatch(/^WEBVTT\n\n00:00:00\.\d{3} --> /);
      expect(JSON.parse((await result('json'))[1])).toEqual(job.result);
    });

    it('is made a job once, however often its request comes with the same key', async () => {
      const headers = { 'idempotency-key': 'once' };
      const wav = wavOf(goforward.pcm16);
      const [first, second] = [await files.create(wav, { headers }), await files.create(wav, { headers })];
      expect(second.job_id).toBe(first.job_id);
      expect(await files.refusal(wavOf(jfk.pcm16), { headers })).toMatchObject({
        status: 422,
        code: 'idempotency_mismatch',
      });
    });

    it('is listed, newest first, page by page; its job can be cancelled, and erased with all that it said', async () => {
      const made: JobBody[] = [];
      for (let i = 0; i < 3; i++) made.push(await files.create(wavOf(goforward.pcm16), { name: `${i}.wav` }));
      const list = async (query: string) =>
        (await (await files.call('GET', `?${query}`)).json()) as { jobs: JobBody[]; next: string | null };
      const first = await list('limit=2');
      expect(first.jobs.map(({ file_name }) => file_name)).toEqual(['2.wav', '1.wav']);
      expect((await list(`limit=1&after=${first.next}`)).jobs.map(({ file_name }) => file_name)).toEqual(['0.wav']);
      const long = await files.create(wavOf(joined(...Array.from({ length: 10 }, () => jfk.pcm16))));
      expect(await (await files.call('POST', `/${long.job_id}/cancel`)).json()).toMatchObject({ status: 'cancelled' });
      expect(await files.get(long.job_id)).toMatchObject({ status: 'cancelled' });
      expect((await files.call('GET', `/${long.job_id}/result`)).status).toBe(409);
      for (const { job_id } of [...made, long]) {
        expect((await files.call('DELETE', `/${job_id}`)).status).toBe(204);
        expect((await files.call('GET', `/${job_id}`)).status).toBe(404);
      }
    });

    it('tells a webhook how it ended, signed', async () => {
      const told: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
      const receiver = createServer(async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        told.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
        response.writeHead(204).end();
      });
      await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
      const job = await files.create(wavOf(goforward.pcm16), { fields: { webhook_url: url } });
      await expect.poll(() => told.length, { timeout: 20_000 }).toBe(1);
      expect(JSON.parse(told[0]!.body)).toMatchObject({ type: 'job.completed', data: { job_id: job.job_id } });
      expect(told[0]!.headers['webhook-signature']).toMatch(/^v1,/);
      await expect.poll(async () => (await files.get(job.job_id)).webhook).toBe('delivered');
      receiver.close();
    });
  });

  describe('over gRPC', () => {
    it('a file is created, watched segment by segment, got, listed and deleted', async () => {
      using calls = new JobCalls(server.grpcAddress);
      const { jobId } = await calls.create({ fileName: 'jfk.wav', silenceMs: 300 }, Buffer.from(wavOf(jfk.pcm16)));
      const watched = await calls.watch(jobId);
      expect(watched.at(-1)?.job.status).toBe('JOB_STATUS_COMPLETED');
      const { job, result } = await calls.call('GetJob', { jobId });
      expect(job).toMatchObject({ jobId, progress: 1, fileName: 'jfk.wav' });
      expect(watched.flatMap(({ segments }) => segments.map(({ text }) => text)).join(' ')).toBe(result?.text);
      expect(result!.segments.length).toBeGreaterThan(2);
      expect((await calls.call('ListJobs', {})).jobs.map((each) => each.jobId)).toContain(jobId);
      await calls.call('DeleteJob', { jobId });
      const gone = calls.call('GetJob', { jobId });
      await expect(gone).rejects.toMatchObject({ code: 5, details: expect.stringContaining(jobId) });
    });

    it('half of a file, whose call was cancelled, becomes no job', async () => {
      using calls = new JobCalls(server.grpcAddress);
      const half = calls.create({ fileName: 'half.wav' }, Buffer.from(wavOf(jfk.pcm16)), 200_000);
      await expect(half).rejects.toMatchObject({ code: 1 });
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect((await calls.call('ListJobs', {})).jobs.map(({ fileName }) => fileName)).not.toContain('half.wav');
    });
  });

  describe("for OpenAI's own client", () => {
    const speech = () => toFile(wavOf(jfk.pcm16), 'openai.wav');

    it('a file becomes text in every format', async () => {
      const { text } = await openai.audio.transcriptions.create({ file: await speech(), model: 'whisper-1' });
      expect(text.toLowerCase()).toContain('country');
      const model = 'moonshine-tiny';
      const verbose = await openai.audio.transcriptions.create({
        file: await speech(),
        model,
        response_format: 'verbose_json',
        timestamp_granularities: ['segment'],
        language: 'en',
      });
      expect(verbose).toMatchObject({
        language: 'english',
        text,
        duration: expect.closeTo(jfk.pcm16.length / 16_000, 2),
      });
      expect(verbose.segments?.map((segment) => segment.text).join('')).toBe(` ${text}`);
      const create = async (response_format: 'text' | 'srt' | 'vtt') =>
        (await openai.audio.transcriptions.create({
          file: await speech(),
          model,
          response_format,
        })) as unknown as string;
      expect(await create('text')).toBe(`${text}\n`);
      expect(await create('srt')).toContain('-->');
      expect(await create('vtt')).toMatch(/^WEBVTT/);
    });

    it('text comes as it becomes known', async () => {
      const stream = await openai.audio.transcriptions.create({
        file: await speech(),
        model: 'whisper-1',
        stream: true,
      });
      let deltas = '';
      let done = '';
      for await (const event of stream) {
        if (event.type === 'transcript.text.delta') deltas += event.delta;
        if (event.type === 'transcript.text.done') done = event.text;
      }
      expect(done.toLowerCase()).toContain('country');
      expect(deltas).toBe(done);
    });

    it('models have names, mistakes have sentences, and nothing of a call is kept', async () => {
      expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(['moonshine-tiny']);
      expect((await openai.models.retrieve('moonshine-tiny')).object).toBe('model');
      const wrong = openai.audio.transcriptions.create({
        file: await toFile(Buffer.from('hello'), 'a.mp3'),
        model: 'whisper-1',
      });
      await expect(wrong).rejects.toMatchObject({ status: 415, code: 'unsupported_media_type', param: 'file' });
      const unknown = openai.audio.transcriptions.create({ file: await speech(), model: 'gpt-9' });
      await expect(unknown).rejects.toMatchObject({ status: 404, message: expect.stringContaining('gpt-9') });
      const { jobs } = (await (await files.call('GET', '?limit=200')).json()) as { jobs: JobBody[] };
      expect(jobs.filter(({ file_name }) => file_name === 'openai.wav')).toEqual([]);
    });
  });
});
