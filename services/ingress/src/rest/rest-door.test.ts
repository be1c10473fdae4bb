import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer, type TestServer, until } from '../testing/server-harness.ts';
import { MODEL, speech } from '../testing/session-harness.ts';

let server: TestServer;
const tenant = { tenant: 'default' };

beforeEach(async () => {
  server = await startServer();
});

afterEach(async () => {
  await server.stop();
});

const get = (path: string, init?: RequestInit) => fetch(server.http + path, init);
const body = async <T>(response: Response): Promise<T> => JSON.parse(await response.text());
const problemOf = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return body<{ status: number; code: string; detail: string }>(response);
};

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, object>>;
  readonly components: { readonly schemas: object };
}

const liveSession = async (sessionId: string, seconds: number) => {
  const session = await server.ingress.sessions.open({ session_id: sessionId }, tenant);
  await session.write(speech(seconds));
  session.finalize('f');
  await until('the finalize', () => server.transcriber.seen.get(sessionId)!.marks.length === 1);
  return session;
};

describe('forms that pages send', () => {
  const sending = (origin: string) => {
    const body = new FormData();
    body.append('file', new Blob(['RIFF\0\0\0\0WAVEfmt ']), 'a.wav');
    return get('/v1/stt/jobs', { method: 'POST', body, headers: { origin } });
  };

  it('are refused to pages of other hosts, which browsers let send them without asking', async () => {
    const refused = await sending('https://evil.example');
    expect(refused.status).toBe(403);
    expect(await problemOf(refused)).toMatchObject({ code: 'origin_rejected' });
    expect((await sending(server.http)).status).toBe(202);
  });
});

describe('sessions over REST', () => {
  it('are listed newest first, page by page', async () => {
    for (const id of ['a', 'b', 'c']) await server.ingress.sessions.open({ session_id: id }, tenant);
    const first = await body<{ sessions: { session_id: string }[]; next: string }>(
      await get('/v1/stt/sessions?limit=2'),
    );
    expect(first.sessions.map((session) => session.session_id)).toEqual(['c', 'b']);
    const rest = await (await get(`/v1/stt/sessions?limit=2&after=${first.next}`)).json();
    expect(rest).toMatchObject({
      sessions: [{ session_id: 'a', status: 'open', model: MODEL, final_count: 0 }],
      next: null,
    });
  });

  it('show their state and their text so far', async () => {
    await liveSession('mine', 1.5);
    const response = await get('/v1/stt/sessions/mine');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      session_id: 'mine',
      status: 'open',
      close_reason: null,
      model: MODEL,
      language: null,
      task: 'transcribe',
      opened_at: expect.stringMatching(/^\d{4}-.*Z$/),
      updated_at: expect.any(String),
      committed_ms: 1_500,
      final_count: 2,
      finals: [
        {
          ...{ sequence: 1, utterance: 1, text: 'utterance 1.', confidence: 0.9, language: 'en' },
          ...{ start_ms: 0, end_ms: 1_000, reason: 'silence' },
        },
        {
          ...{ sequence: 2, utterance: 2, text: 'utterance 2.', confidence: 0.9, language: 'en' },
          ...{ start_ms: 1_000, end_ms: 1_500, reason: 'finalize' },
        },
      ],
    });
  });

  it('are erased at once, audio and text', async () => {
    await liveSession('mine', 1);
    expect((await get('/v1/stt/sessions/mine', { method: 'DELETE' })).status).toBe(204);
    expect((await get('/v1/stt/sessions/mine')).status).toBe(404);
    expect((await get('/v1/stt/sessions/mine', { method: 'DELETE' })).status).toBe(404);
    expect(server.bus.audio).toHaveProperty('size', 0);
    expect(server.ingress.sessions.size).toBe(0);
  });

  it('name the models', async () => {
    expect(await (await get('/v1/stt/models')).json()).toEqual({
      models: [
        { id: MODEL, languages: ['en'], default: true, tasks: ['transcribe'], word_times: false },
        { id: 'whisper-base', languages: [], default: false, tasks: ['transcribe', 'translate'], word_times: true },
      ],
    });
  });
});

describe('health', () => {
  it('is reported with every part', async () => {
    const response = await get('/health');
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: 'healthy', services: { whisper: 'loaded' } },
    ]);
    server.health.register('redis', () => ({ status: 'down', detail: 'unreachable' }));
    const down = await get('/health');
    expect([down.status, await down.json()]).toEqual([
      503,
      { status: 'unhealthy', services: { whisper: 'loaded', redis: 'unreachable' } },
    ]);
    expect((await get('/livez')).status).toBe(200);
    expect(await problemOf(await get('/readyz'))).toMatchObject({ status: 503, code: 'not_ready' });
  });

  it('is ready until the server drains', async () => {
    expect((await get('/readyz')).status).toBe(200);
    await server.ingress.drain(100);
    expect(await problemOf(await get('/readyz'))).toMatchObject({
      status: 503,
      detail: expect.stringContaining('draining'),
    });
    expect((await get('/livez')).status).toBe(200);
  });
});

describe('a mistake over REST', () => {
  it.each([
    ['GET', '/nowhere', 404, 'not_found'],
    ['GET', '/v1/stt/sessions/nobody', 404, 'session_not_found'],
    ['GET', '/v1/stt/sessions/a%20b', 400, 'invalid_argument'],
    ['GET', '/v1/stt/sessions?limit=0', 400, 'invalid_argument'],
    ['GET', '/v1/stt/sessions?limit=many', 400, 'invalid_argument'],
    ['GET', '/v1/stt/sessions?after=x', 400, 'invalid_argument'],
    ['GET', '/%zz', 400, 'invalid_argument'],
    ['POST', '/v1/stt/sessions', 405, 'method_not_allowed'],
    ['PUT', '/v1/stt/sessions/mine', 405, 'method_not_allowed'],
    ['DELETE', '/health', 405, 'method_not_allowed'],
    ['GET', '/v1/stt/stream', 426, 'upgrade_required'],
  ])('%s %s is problem %i %s', async (method, path, status, code) => {
    const response = await get(path, { method });
    const problem = await problemOf(response);
    expect(response.status).toBe(status);
    expect(problem).toMatchObject({ status, code, type: 'about:blank', title: expect.any(String) });
    expect(problem.detail).toMatch(/\.$/);
    expect(response.headers.has('allow')).toBe(status === 405);
  });

  it('that is a body of broken JSON is a problem too', async () => {
    const headers = { 'content-type': 'application/json' };
    const response = await get('/v1/stt/sessions', { method: 'POST', headers, body: '{' });
    expect(await problemOf(response)).toMatchObject({ code: expect.any(String) });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
  });

  it('that is ours says nothing of the inside', async () => {
    server.deps.store.list = () => Promise.reject(new Error('redis://user:secret@host'));
    const problem = await problemOf(await get('/v1/stt/sessions'));
    expect(problem).toMatchObject({ status: 500, code: 'internal' });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });
});

describe('the documentation', () => {
  it('is OpenAPI 3.1 with every route and named components', async () => {
    const document = await body<OpenApi>(await get('/openapi.json'));
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual([
      ...['/health', '/livez', '/readyz', '/v1/admin/sessions', '/v1/admin/sessions/events'],
      ...['/v1/audio/transcriptions', '/v1/audio/translations'],
      ...['/v1/models', '/v1/models/{model}'],
      ...['/v1/stt/jobs', '/v1/stt/jobs/{job_id}', '/v1/stt/jobs/{job_id}/cancel', '/v1/stt/jobs/{job_id}/result'],
      ...['/v1/stt/models', '/v1/stt/sessions', '/v1/stt/sessions/{session_id}'],
    ]);
    expect(Object.keys(document.paths['/v1/stt/sessions/{session_id}']!)).toEqual(['get', 'delete']);
    expect(Object.keys(document.components.schemas).sort()).toEqual([
      ...[
        'AdminSession',
        'AdminSessionPage',
        'CreatedJob',
        'Final',
        'Health',
        'Job',
        'JobPage',
        'Model',
        'Problem',
        'Result',
        'Segment',
        'Session',
      ],
      ...['Transcript', 'Word'],
    ]);
    const used = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref);
    expect(used.length).toBeGreaterThan(5);
    for (const ref of used) expect(ref).toMatch(/^#\/components\/schemas\/[A-Z]/);
  });

  it('has a page that asks no other host for anything', async () => {
    const page = await get('/docs/');
    expect(page.status).toBe(200);
    const html = await page.text();
    const sources = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source!);
    expect(sources.length).toBeGreaterThan(3);
    for (const source of sources) {
      const asset = new URL(source, `${server.http}/docs/`);
      expect(asset.origin).toBe(server.http);
      expect((await fetch(asset)).status).toBe(200);
    }
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  });

  it('is where / points to', async () => {
    expect(await (await get('/')).json()).toMatchObject({ docs: '/docs' });
    expect((await get('/docs')).status).toBe(200);
  });
});
