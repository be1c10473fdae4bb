import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, clip, joined, silence } from '../support/clips.ts';
import type { Deployment } from '../support/deployment.ts';
import { FilesClient } from '../support/files-client.ts';
import { GrpcStream } from '../support/grpc-client.ts';
import { converted, hasFfmpeg, wavOf } from '../support/media-files.ts';
import { onEveryDeployment } from '../support/on-every-deployment.ts';

const goforward = clip('goforward');
const wav = wavOf(goforward.pcm16);
const text = (content: string) => Buffer.from(content);

onEveryDeployment((start) => {
  let server: Deployment;
  let files: FilesClient;
  beforeAll(async () => {
    server = await start({ MAX_UPLOAD_MB: '2', MAX_UPLOADS: '8', MAX_AUDIO_S: '60', UPLOAD_IDLE_TIMEOUT_S: '1' });
    files = new FilesClient(server.httpUrl);
  });
  afterAll(() => server.stop());

  describe('an upload is refused in a sentence', () => {
    it.each<[string, Uint8Array, string, Readonly<Record<string, string>>, number, string, string | undefined]>([
      ['that is empty', new Uint8Array(), 'a.wav', {}, 400, 'invalid_argument', 'file'],
      [
        'of text that is named .mp3',
        text('these are only words\n'.repeat(50)),
        'a.mp3',
        {},
        415,
        'unsupported_media_type',
        'file',
      ],
      [
        'of a playlist',
        text('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n'),
        'a.m3u8',
        {},
        415,
        'unsupported_media_type',
        'file',
      ],
      [
        'of a list for ffmpeg',
        text("ffconcat version 1.0\nfile '/etc/passwd'\n"),
        'a.wav',
        {},
        415,
        'unsupported_media_type',
        'file',
      ],
      ['of a PDF document', text('%PDF-1.7\n%âãÏÓ\n1 0 obj\n'), 'a.pdf', {}, 415, 'unsupported_media_type', 'file'],
      ['that is too large', new Uint8Array(3 * 2 ** 20), 'a.wav', {}, 413, 'too_large', undefined],
      ['of a model that is not here', wav, 'a.wav', { model: 'gpt' }, 404, 'unknown_model', 'model'],
      ['of a setting that is none', wav, 'a.wav', { colour: 'red' }, 400, 'invalid_argument', 'colour'],
      ['of a silence that is none', wav, 'a.wav', { silence_ms: 'long' }, 400, 'invalid_argument', 'silence_ms'],
      [
        'of a webhook without a secret',
        wav,
        'a.wav',
        { webhook_url: 'https://example.com' },
        409,
        'failed_precondition',
        'webhook_url',
      ],
    ])('%s', async (_, file, name, fields, status, code, field) => {
      for (const fieldsLast of [false, true]) {
        expect(await files.refusal(file, { name, fields, fieldsLast })).toMatchObject({
          status,
          code,
          ...(field && { field }),
        });
      }
    });

    it('that is no form, has no file, or has two', async () => {
      const post = (init: RequestInit) => fetch(`${server.httpUrl}/v1/stt/jobs`, { method: 'POST', ...init });
      expect((await post({ body: '{}', headers: { 'content-type': 'application/json' } })).status).toBe(415);
      expect((await post({ body: 'x', headers: { 'content-type': 'audio/wav' } })).status).toBe(415);
      expect((await post({ body: 'x', headers: { 'content-type': 'multipart/form-data' } })).status).toBe(400);
      const none = new FormData();
      none.append('file', 'no file, only text');
      expect(await (await post({ body: none })).json()).toMatchObject({ status: 400, field: 'file' });
      const two = new FormData();
      for (const name of ['a.wav', 'b.wav']) two.append('file', new Blob([wav.slice()]), name);
      expect(await (await post({ body: two })).json()).toMatchObject({ status: 400, field: 'file' });
      const elsewhere = new FormData();
      elsewhere.append('audio', new Blob([wav.slice()]), 'a.wav');
      expect(await (await post({ body: elsewhere })).json()).toMatchObject({
        status: 400,
        detail: expect.stringContaining('"audio"'),
      });
    });
  });

  describe('a job fails once, with the reason', () => {
    const failure = async (file: Uint8Array, name: string) => {
      const { status, error } = await files.finished(await files.create(file, { name }));
      return { status, ...error };
    };

    it.skipIf(!hasFfmpeg)('where its file can not be decoded', async () => {
      const mp3 = converted(wav, 'mp3');
      const noise = Buffer.concat([mp3.subarray(0, 4), Buffer.alloc(20_000, 0x55)]);
      expect(await failure(noise, 'a.mp3')).toMatchObject({ status: 'failed', code: 'undecodable_audio' });
      const m4a = converted(wav, 'm4a');
      expect(await failure(m4a.subarray(0, m4a.length / 2), 'a.m4a')).toMatchObject({
        status: 'failed',
        code: 'undecodable_audio',
      });
      const picture = converted(wav, 'mp4', ['-f', 'lavfi', '-i', 'color=size=64x64:rate=5:duration=1', '-map', '1:v']);
      expect(await failure(picture, 'a.mp4')).toMatchObject({ status: 'failed', code: 'undecodable_audio' });
    });

    it.skipIf(!hasFfmpeg)('where it holds more audio than is taken, small as it is', async () => {
      const flac = converted(wavOf(silence(600)), 'flac');
      expect(flac.length).toBeLessThan(200_000);
      expect(await failure(flac, 'long.flac')).toMatchObject({ status: 'failed', code: 'audio_too_long' });
    });
  });

  it('what is left of a file that was cut short becomes text, with a warning', async () => {
    const audio = wavOf(joined(goforward.pcm16, silence(2), goforward.pcm16));
    const job = await files.finished(await files.create(audio.subarray(0, Math.round(audio.length * 0.6))));
    expect(job.status).toBe('completed');
    expect(job.result?.text.toLowerCase()).toContain('forward');
    expect(job.warnings).toEqual([expect.stringMatching(/announces .* holds/)]);
  });

  it('silence becomes an empty text', async () => {
    const job = await files.finished(await files.create(wavOf(silence(30))));
    expect(job).toMatchObject({ status: 'completed', result: { text: '', segments: [], duration: 30 } });
  });

  it('a name that is a path names nothing but the file', async () => {
    const { file_name } = await files.create(wav, { name: '../../etc/passwd\u0000.wav' });
    expect(file_name).toBe('passwd.wav');
  });

  it('clients that hang in the middle lose their upload, and a hundred at once find that there is room for a few; others go on', async () => {
    const { hostname, port } = new URL(server.httpUrl);
    const head = (length: number) =>
      `POST /v1/stt/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: ${length}\r\n\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n`;
    const hang = () =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(port), hostname);
        let answer = '';
        socket.on('data', (data) => {
          answer += String(data);
        });
        socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
        socket.on('error', () => {});
        socket.write(head(1_000_000));
        socket.write(Buffer.from(wav.subarray(0, 10_000)));
      });
    const crowd = Array.from({ length: 100 }, hang);
    await sleep(200);
    const live = new GrpcStream(server.grpcAddress, {});
    await live.sendAudio(bytesOf(goforward.pcm16));
    live.end();
    expect((await live.status).details).toBe('OK');
    expect(live.text.toLowerCase()).toContain('forward');
    const answers = await Promise.all(crowd);
    expect(answers.filter((answer) => answer.includes('408'))).toHaveLength(8);
    expect(answers.filter((answer) => answer.includes('429'))).toHaveLength(92);
    expect((await files.finished(await files.create(wav))).status).toBe('completed');
  }, 30_000);
});
