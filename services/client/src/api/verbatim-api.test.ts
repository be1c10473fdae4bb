import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClientError } from '../client-error.ts';
import { HttpDoor } from '../testing/http-door.ts';
import { ApiError } from './api-error.ts';
import { VerbatimApi } from './verbatim-api.ts';

let door: HttpDoor;
let api: VerbatimApi;
let requests: { readonly method: string; readonly url: string; readonly key: string | undefined }[];

beforeEach(async () => {
  door = await HttpDoor.start();
  api = new VerbatimApi({ server: `${door.url}/speech`, adminKey: 'secret' });
  requests = [];
});
afterEach(() => door[Symbol.asyncDispose]());

/** Answers every request with `body`, as JSON where it is no text. */
const answer = (body: unknown, status = 200) => {
  door.handle = ({ method, url, headers }, response) => {
    requests.push({ method: method!, url: url!, key: headers.authorization });
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  };
};

const session = {
  ...{ session_id: 's-1', status: 'open', close_reason: null, model: 'tiny', language: null, task: 'transcribe' },
  ...{ opened_at: '2026-01-02T03:04:05.000Z', updated_at: '2026-01-02T03:04:06.000Z' },
  ...{ committed_ms: 1_500, final_count: 1 },
};
const adminSession = {
  ...session,
  ...{ tenant: 'default', kind: 'live', owner: 'pod-1', epoch: 2, door: null, received_ms: 2_000 },
};
const job = {
  ...{ job_id: 'j-1', status: 'completed', progress: 1, model: 'tiny', task: 'transcribe', file_name: 'a.wav' },
  ...{ file_bytes: 10, channels: 'mix', created_at: '2026-01-02T03:04:05.000Z', started_at: null, finished_at: null },
  audio: { container: 'wav', codec: 'pcm_s16le', sample_rate_hertz: 16_000, channel_count: 1, duration: 1.5 },
  ...{ warnings: [], webhook: 'none' },
};

describe('the REST API', () => {
  it('tells of models, and of the server’s health also where it is not well', async () => {
    answer({ models: [{ id: 'tiny', languages: ['en'], tasks: ['transcribe'], word_times: true, default: true }] });
    expect(await api.models()).toEqual([
      { id: 'tiny', languages: ['en'], tasks: ['transcribe'], wordTimes: true, default: true },
    ]);
    answer({ status: 'unhealthy', services: { object_store: 'away' } }, 503);
    expect(await api.health()).toEqual({ status: 'unhealthy', services: { object_store: 'away' } });
    expect(requests).toEqual([
      { method: 'GET', url: '/speech/v1/stt/models', key: undefined },
      { method: 'GET', url: '/speech/health', key: undefined },
    ]);
  });

  it('gives jobs with dates, and their text in seconds', async () => {
    const segment = { id: 1, start: 0.5, end: 1.5, text: 'Yes.', language: 'en', confidence: 0.9 };
    const result = { model: 'tiny', language: 'en', duration: 1.5, text: 'Yes.', segments: [segment] };
    answer({ ...job, result });
    const { createdAt, audio, result: text } = await api.job('j/1');
    expect(createdAt).toEqual(new Date('2026-01-02T03:04:05.000Z'));
    expect(audio).toMatchObject({ sampleRateHertz: 16_000, duration: 1.5 });
    expect(text).toEqual(result);
    expect(requests[0]!.url).toBe('/speech/v1/stt/jobs/j%2F1');
  });

  it('uploads a file with its settings', async () => {
    let form: FormData | undefined;
    door.handle = async (request, response) => {
      const headers = { 'content-type': request.headers['content-type']! };
      form = await new Response(Readable.toWeb(request) as ReadableStream, { headers }).formData();
      response.writeHead(202).end(JSON.stringify({ ...job, status: 'queued', status_url: '/v1/stt/jobs/j-1' }));
    };
    const file = new Blob(['RIFF']);
    const created = await api.createJob(file, { fileName: 'a.wav', fields: { language: 'en', silence_ms: 300 } });
    expect(created).toMatchObject({ jobId: 'j-1', status: 'queued' });
    expect([form!.get('language'), form!.get('silence_ms')]).toEqual(['en', '300']);
    const sent = form!.get('file') as File;
    expect([sent.name, await sent.text()]).toEqual(['a.wav', 'RIFF']);
  });

  it('uploads a file once, with a key to know it by', async () => {
    let key: unknown;
    door.handle = (request, response) => {
      key = request.headers['idempotency-key'];
      request.resume().on('end', () => response.writeHead(202).end(JSON.stringify(job)));
    };
    await api.createJob(new Blob(['RIFF']), { fileName: 'a.wav', idempotencyKey: 'k-1' });
    expect(key).toBe('k-1');
  });

  it('ends jobs, erases them, and gives their text as it is', async () => {
    answer(job);
    await api.cancelJob('j-1');
    answer('', 204);
    await api.deleteJob('j-1');
    answer('1\n00:00:00,000 --> 00:00:01,500\nYes.\n');
    expect(await api.jobResult('j-1', 'srt')).toMatch(/^1\n00/);
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /speech/v1/stt/jobs/j-1/cancel',
      'DELETE /speech/v1/stt/jobs/j-1',
      'GET /speech/v1/stt/jobs/j-1/result?format=srt',
    ]);
  });

  it('gives a session with its finals as a stream has them', async () => {
    const final = {
      ...{ sequence: 1, utterance: 1, text: 'Yes.', confidence: 0.5, language: 'en', reason: 'silence' },
      ...{ start_ms: 1_000, end_ms: 1_500 },
    };
    answer({ ...session, finals: [final] });
    const { finals, openedAt, committedMs } = await api.session('s-1');
    expect([openedAt.getTime(), committedMs]).toEqual([Date.UTC(2026, 0, 2, 3, 4, 5), 1_500]);
    expect(finals).toEqual([
      {
        ...{ type: 'final', sequence: 1, utterance: 1, text: 'Yes.', confidence: 0.5, language: 'en' },
        ...{ reason: 'silence', start: 16_000, end: 24_000 },
      },
    ]);
  });

  it('lists sessions for operators, with their key', async () => {
    answer({ sessions: [adminSession], next: 'n-1' });
    const page = await api.adminSessions({ limit: 5, status: 'open' });
    expect(page.next).toBe('n-1');
    expect(page.sessions).toMatchObject([
      { sessionId: 's-1', kind: 'live', owner: 'pod-1', epoch: 2, receivedMs: 2_000 },
    ]);
    expect(requests).toEqual([
      { method: 'GET', url: '/speech/v1/admin/sessions?limit=5&status=open', key: 'Bearer secret' },
    ]);
  });
});

describe('an error', () => {
  it('of the server has its status, its code and its sentence', async () => {
    answer(
      { type: 'about:blank', title: 'Not Found', status: 404, detail: 'No such job.', code: 'job_not_found' },
      404,
    );
    const error = await api.job('j-1').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 404, code: 'job_not_found', message: 'No such job.' });
  });

  it('of a server without room says when to come back', async () => {
    door.handle = (_, response) => {
      response.writeHead(429, { 'retry-after': '10' }).end(JSON.stringify({ code: 'no_capacity', detail: 'No room.' }));
    };
    await expect(api.models()).rejects.toMatchObject({ code: 'no_capacity', retryAfterMs: 10_000 });
    answer({ code: 'internal', detail: 'Broken.' }, 500);
    await expect(api.models()).rejects.toMatchObject({ retryAfterMs: undefined });
  });

  it('of somebody between has its status', async () => {
    answer('<h1>Bad Gateway</h1>', 502);
    await expect(api.models()).rejects.toMatchObject({ status: 502, code: 'http_502' });
  });

  it('says when what answers is no Verbatim server, or nobody', async () => {
    answer('<h1>Welcome</h1>');
    await expect(api.models()).rejects.toThrow('is not of the Verbatim API');
    const gone = await HttpDoor.start();
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    const nobody = new VerbatimApi({ server: url }).models();
    await expect(nobody).rejects.toThrow(
      `The server at ${url} can't be reached: nothing listens on that port. Check that it runs there.`,
    );
    await expect(nobody).rejects.toBeInstanceOf(ClientError);
  });

  it('is the reason of the signal that ends a request', async () => {
    door.handle = () => {};
    await expect(api.models(AbortSignal.abort(new Error('Enough.')))).rejects.toThrow('Enough.');
    await expect(api.models(AbortSignal.timeout(20))).rejects.toThrow('timeout');
  });
});
