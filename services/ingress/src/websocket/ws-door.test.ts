import { afterEach, describe, expect, it } from 'vitest';
import { startServer, type TestServer, until } from '../testing/server-harness.ts';
import { type Parts, speech } from '../testing/session-harness.ts';
import { WsClient } from '../testing/ws-client.ts';

let server: TestServer;
let clients: WsClient[] = [];
const start = async (parts?: Parts, allowedOrigins?: string[]) => {
  server = await startServer(parts, allowedOrigins && { allowedOrigins });
  return server;
};
const connect = async (query = '', headers: Record<string, string> = {}) => {
  const client = await WsClient.connect(server.ws + query, { headers });
  clients.push(client);
  return client;
};

afterEach(async () => {
  for (const { socket } of clients) socket.terminate();
  clients = [];
  await server.stop();
});

const audio = (seconds: number, from = 0, sessionId?: string) => ({
  type: 'audio',
  ...(sessionId !== undefined && { session_id: sessionId }),
  chunk: speech(seconds, from).toString('base64'),
});
const heard = (sessionId: string) => server.transcriber.seen.get(sessionId)?.samplesHeard ?? 0;
const keys = (message: object | undefined) => Object.keys(message ?? {}).sort();

describe('the plain clients of the seed protocol', () => {
  it('in Python: 1,280-byte chunks each 20 ms as base64, then waiting for one final', async () => {
    await start();
    const client = await connect();
    for (let chunk = 0; chunk < 30; chunk++) {
      client.send({
        type: 'audio',
        session_id: 'test-session',
        chunk: speech(0.04, chunk * 640).toString('base64'),
      });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await until('one final', () => client.texts.length === 1);
    expect(new Set(client.messages.map(({ type }) => type))).toEqual(new Set(['partial', 'final']));
    expect(client.of('final')[0]).toMatchObject({
      session_id: 'test-session',
      text: 'utterance 1.',
      confidence: 0.9,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    await until('all of it', () => heard('test-session') === 19_200);
  });

  it('run twice with the same session id, as scripts do', async () => {
    await start();
    for (let run = 0; run < 2; run++) {
      const client = await connect();
      client.send(audio(1, 0, 'test-session'), { type: 'end' });
      expect((await client.closed).code).toBe(1000);
      expect(client.texts).toEqual(['utterance 1.']);
    }
  });

  it('in a browser: 4,096-sample buffers of a ScriptProcessor in a page from a file or from this machine', async () => {
    await start();
    for (const origin of ['null', 'file://', 'http://localhost:3000', 'http://127.0.0.1:8080']) {
      const client = await connect('', { origin });
      for (let chunk = 0; chunk < 5; chunk++) client.send(audio(0.256, chunk * 4_096, `page-${clients.length}`));
      await until('a final', () => client.texts.length === 1);
      client.socket.terminate();
    }
  });
});

describe('the WebSocket', () => {
  it('says partials and finals in the seed shape, and closes with 1000 after end and the last final', async () => {
    await start();
    const client = await connect('?session_id=mine');
    client.send(audio(0.5), { type: 'finalize' });
    await until('a final', () => client.texts.length === 1);
    client.send(audio(0.3, 8_000), { type: 'end' });
    expect(await client.closed).toEqual({ code: 1000, reason: 'end_of_audio' });
    const text = ['text', 'new_text', 'confidence', 'timestamp', 'utterance', 'start_ms', 'end_ms', 'language'];
    expect(keys(client.of('partial')[0])).toEqual([...text, 'type', 'session_id', 'stable_chars'].sort());
    expect(keys(client.of('final')[0])).toEqual([...text, 'type', 'session_id', 'sequence', 'reason'].sort());
    expect(client.of('final')).toMatchObject([
      { sequence: 1, start_ms: 0, end_ms: 500, reason: 'finalize', language: 'en' },
      { sequence: 2, start_ms: 500, end_ms: 800, reason: 'end_of_audio' },
    ]);
    expect(server.ingress.sessions.size).toBe(0);
  });

  it('takes raw audio in binary frames, and its format from the query', async () => {
    await start();
    const client = await connect('?session_id=raw&sample_rate=8000&encoding=mulaw&channels=2&language=en-GB');
    client.send(Buffer.alloc(16_000), { type: 'end' });
    await client.closed;
    expect(client.texts).toEqual(['utterance 1.']);
    expect(heard('raw')).toBe(16_000);
    expect((await server.store.get('raw'))!.spec).toMatchObject({
      encoding: 'mulaw',
      sampleRateHertz: 8_000,
      channelCount: 2,
      language: 'en',
    });
  });

  it('takes a config as its first message, over the query, and answers it with opened', async () => {
    await start();
    const client = await connect('?session_id=from-query&encoding=alaw');
    client.send({
      type: 'config',
      session_id: 'from-config',
      encoding: 'LINEAR16',
      silence_ms: 300,
      overflow: 'BLOCK',
    });
    await until('opened', () => client.of('opened').length === 1);
    expect(client.messages[0]).toMatchObject({
      session_id: 'from-config',
      next_sample: 0,
      resume_token: expect.any(String),
    });
    expect((await server.store.get('from-config'))!.spec).toMatchObject({ encoding: 'linear16', silenceMs: 300 });
  });

  it('names every event in snake case to a client that asks for all', async () => {
    await start();
    const client = await connect('?events=all&session_id=mine');
    client.send(audio(0.5), { type: 'finalize', request_id: 'f' }, { type: 'keep_alive' }, { type: 'end' });
    await client.closed;
    expect(client.messages[0]!.type).toBe('opened');
    expect(client.of('flushed')).toMatchObject([{ session_id: 'mine', request_id: 'f' }]);
    expect(keys(client.of('progress')[0])).toContain('decoded_sample');
    expect(client.messages.at(-1)).toMatchObject({
      type: 'closed',
      reason: 'end_of_audio',
      audio_seconds: 0.5,
      finals: 1,
    });
  });

  it('opens no session for a socket that says nothing, and closes it after a while', async () => {
    await start({ limits: { idleTimeoutMs: 50 } });
    const client = await connect('?session_id=silent');
    expect((await client.closed).code).toBe(1000);
    expect(client.of('error')).toMatchObject([{ code: 'idle_timeout' }]);
    expect(server.store.size).toBe(0);
  });

  it('goes on with the session of a lost connection under the same id, without loss or double', async () => {
    await start();
    const first = await connect('?session_id=mine');
    first.send(audio(1.5));
    await until('a final', () => first.texts.length === 1 && heard('mine') === 24_000);
    first.socket.terminate();
    const second = await connect('?session_id=mine');
    await until('detached', () => server.metrics.detached === 1);
    second.send(audio(0.5, 24_000), { type: 'end' });
    await second.closed;
    expect(second.texts).toEqual(['utterance 2.']);
    expect(heard('mine')).toBe(32_000);
  });

  it('resumes with a token and the last final, at once, and says from where to send', async () => {
    await start();
    const first = await connect('?session_id=mine&events=all');
    first.send(audio(2));
    await until('two finals', () => first.texts.length === 2);
    const token = first.of('opened')[0]!.resume_token;
    const second = await connect(`?session_id=mine&resume_token=${token}&last_sequence=1`);
    expect(await first.closed).toEqual({ code: 1008, reason: 'session_exists' });
    await until('the replay', () => second.texts.length === 1);
    expect(second.of('opened')).toMatchObject([{ next_sample: 32_000 }]);
    expect(second.texts).toEqual(['utterance 2.']);
    const third = await connect();
    third.send({ type: 'config', session_id: 'mine', resume: { token, last_sequence: 0 } });
    await until('the replay', () => third.texts.length === 2);
  });

  it('refuses a second connection with the same id, and the first goes on', async () => {
    await start();
    const first = await connect('?session_id=mine');
    first.send(audio(0.5));
    await until('the session', () => heard('mine') === 8_000);
    const second = await connect('?session_id=mine');
    second.send(audio(0.5));
    expect(await second.closed).toEqual({ code: 1008, reason: 'session_exists' });
    expect(second.of('error')).toMatchObject([{ code: 'session_exists' }]);
    first.send(audio(0.5, 8_000), { type: 'end' });
    await first.closed;
    expect(first.texts).toEqual(['utterance 1.']);
  });

  it('slows a client that sends faster than its audio is decoded, and cuts nothing', async () => {
    await start({ limits: { bufferMaxSeconds: 1 } });
    server.transcriber.hold();
    const client = await connect('?session_id=fast');
    for (let second = 0; second < 600; second++) client.send(speech(1, second * 16_000));
    client.send({ type: 'end' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(client.socket.bufferedAmount).toBeGreaterThan(1_000_000);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    server.transcriber.proceed();
    expect((await client.closed).code).toBe(1000);
    expect(heard('fast')).toBe(600 * 16_000);
    expect(client.texts).toHaveLength(600);
  });

  it('says 1013 and when to come back when there is no room', async () => {
    await start({ transcriber: { slots: 0 }, limits: { admissionWaitMs: 20 } });
    const client = await connect();
    client.send(audio(0.1));
    expect((await client.closed).code).toBe(1013);
    expect(client.of('error')).toMatchObject([{ code: 'no_capacity', retry_after_ms: 1_000 }]);
    expect(server.store.size).toBe(0);
  });

  it.each([
    ['limit', { maxDurationMs: 1_000 }, 1008, 'limit_exceeded', 'utterance 1.'],
    ['idle', { idleTimeoutMs: 50 }, 1000, 'idle_timeout', 'utterance 1.'],
  ])(
    'says the last final, once why, and closes when the server ends it for %s',
    async (reason, limits, ...expected) => {
      const [code, error, text] = expected;
      await start({ limits });
      const client = await connect('?session_id=mine');
      client.send(audio(reason === 'limit' ? 1.5 : 0.5));
      expect(await client.closed).toEqual({ code, reason });
      expect(client.of('error').map((message) => message.code)).toEqual([error]);
      expect(client.texts).toEqual([text]);
    },
  );

  it('says the last finals and 1012 when the server shuts down', async () => {
    await start();
    const client = await connect('?session_id=mine');
    client.send(audio(0.5));
    await until('the audio', () => heard('mine') === 8_000);
    expect(await server.ingress.drain(2_000)).toBe(0);
    expect((await client.closed).code).toBe(1012);
    expect(client.texts).toEqual(['utterance 1.']);
    expect(client.of('error')).toMatchObject([{ code: 'unavailable' }]);
  });
});

describe('a mistake on the WebSocket', () => {
  it.each([
    ['broken JSON', '{"type":"audio"', 'not JSON'],
    ['no object', '[1,2]', 'JSON object'],
    ['no type', { chunk: '' }, 'no "type"'],
    ['an unknown type', { type: 'video' }, '"video"'],
    ['garbage for base64', { type: 'audio', chunk: 'not*base64!' }, 'not base64'],
    ['base64 of an impossible length', { type: 'audio', chunk: 'abcde' }, 'not base64'],
    ['no chunk', { type: 'audio' }, 'missing'],
    ['a second session id', audio(0.1, 0, 'other'), 'serves session "mine"'],
    ['a config that comes late', { type: 'config' }, 'first message', 'failed_precondition'],
    ['a place that is none', { ...audio(0.1), first_sample: -4 }, '-4'],
  ])('%s is named, and the session goes on', async (_name, wrong, words, code = 'invalid_argument') => {
    await start();
    const client = await connect('?session_id=mine');
    client.send(audio(0.5), wrong, audio(0.5, 8_000), { type: 'end' });
    expect((await client.closed).code).toBe(1000);
    const [error, ...others] = client.of('error');
    expect(error).toMatchObject({ code, recoverable: true, message: expect.stringContaining(words) });
    expect(others).toEqual([]);
    expect(heard('mine')).toBe(16_000);
    expect(client.texts).toEqual(['utterance 1.']);
  });

  it('before any session is answered, and the socket can still be used', async () => {
    await start();
    const client = await connect('?session_id=mine');
    client.send('{', audio(1), { type: 'end' });
    expect((await client.closed).code).toBe(1000);
    expect(client.of('error')).toMatchObject([{ code: 'invalid_argument', field: 'message' }]);
    expect(client.texts).toEqual(['utterance 1.']);
  });

  it.each([
    ['?model=x', 'unknown_model', 'model'],
    ['?language=de', 'unknown_language', 'language'],
    ['?sample_rate=1', 'invalid_argument', 'sample_rate_hertz'],
    ['?sample_rate=fast', 'invalid_argument', 'sample_rate_hertz'],
    ['?encoding=mp3', 'invalid_argument', 'encoding'],
    ['?session_id=a%20b', 'invalid_argument', 'session_id'],
    ['?session_id=mine&resume_token=guess', 'session_not_found', 'session_id'],
  ])('in the query %s is named, and ends the socket with 1008', async (query, code, field) => {
    await start();
    const client = await connect(query);
    client.send(audio(0.1));
    expect(await client.closed).toEqual({ code: 1008, reason: code });
    expect(client.of('error')).toMatchObject([{ code, field }]);
    expect(server.store.size).toBe(0);
  });

  it('in a config is named, and ends the socket with 1008', async () => {
    await start();
    const client = await connect();
    client.send({ type: 'config', sample_rate_hertz: 96_000, colour: 'red' });
    expect((await client.closed).code).toBe(1008);
    expect(client.of('error')).toMatchObject([{ code: 'invalid_argument', field: 'sample_rate_hertz' }]);
  });

  it.each([
    ['in a binary frame', Buffer.alloc(5 * 1024 * 1024)],
    ['in base64', { type: 'audio', chunk: Buffer.alloc(1024 * 1024 + 3).toString('base64') }],
    ['in base64, by far', { type: 'audio', chunk: Buffer.alloc(5 * 1024 * 1024).toString('base64') }],
  ])(
    'of a chunk that is too large %s is named with its limit, then 1009; the session can be resumed',
    async (_name, big) => {
      await start();
      const client = await connect('?session_id=mine');
      client.send(audio(0.5), big);
      expect((await client.closed).code).toBe(1009);
      expect(client.of('error')).toMatchObject([
        { code: 'too_large', message: expect.stringMatching(/limit is \d{7}/) },
      ]);
      const again = await connect('?session_id=mine');
      again.send({ type: 'end' });
      await again.closed;
      expect(heard('mine')).toBe(8_000);
    },
  );

  it('of a frame over 8 MiB closes with 1009, unread', async () => {
    await start();
    const client = await connect('?session_id=mine');
    client.send(audio(0.5), Buffer.alloc(9 * 1024 * 1024));
    expect((await client.closed).code).toBe(1009);
    await until('detached', () => server.metrics.detached === 1);
  });

  it('takes exactly the limit, in base64 too', async () => {
    await start({ limits: { bufferMaxSeconds: 60 } });
    const client = await connect('?session_id=mine');
    const full = Buffer.alloc(1024 * 1024);
    client.send(full, { type: 'audio', chunk: full.toString('base64') }, { type: 'end' });
    expect((await client.closed).code).toBe(1000);
    expect(heard('mine')).toBe(1024 * 1024);
  });

  it('is 10,000 empty chunks to nobody', async () => {
    await start();
    const client = await connect('?session_id=mine');
    for (let i = 0; i < 5_000; i++) client.send(Buffer.alloc(0), { type: 'audio', chunk: '' });
    client.send(audio(1), { type: 'end' });
    expect((await client.closed).code).toBe(1000);
    expect(client.messages.filter(({ type }) => type === 'error')).toEqual([]);
    expect(heard('mine')).toBe(16_000);
  });
});

describe('a client that never reads', () => {
  it('is cut off by name, and its session waits for a resume', async () => {
    await start({ limits: { maxUnreadEvents: 50 } });
    const client = await connect('?session_id=deaf&events=all');
    client.send(audio(0.1));
    await until('the session', () => server.transcriber.seen.has('deaf'));
    client.socket.pause();
    const message = 'x'.repeat(100_000);
    for (let i = 0; i < 300; i++) {
      await server.transcriber.say('deaf', { type: 'error', code: 'internal', message, recoverable: true });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until('the cut', () => server.metrics.slow === 1);
    expect(await server.store.get('deaf')).toMatchObject({ status: 'open' });
    client.socket.resume();
    expect(await client.closed).toEqual({ code: 1008, reason: 'slow_reader' });
  });
});

describe('pages of other origins', () => {
  it('are refused, unless allowed, so that no web page can use a server on the visitor’s machine', async () => {
    await start({}, ['https://app.example']);
    await expect(connect('', { origin: 'https://evil.example' })).rejects.toThrow('403');
    await connect('', { origin: 'https://app.example' });
    await connect('', { origin: server.http });
  });
});
