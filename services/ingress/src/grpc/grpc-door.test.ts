import { connect as connectHttp2, constants } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { settle } from '@verbatim/contracts/testing';
import { service as healthService } from 'grpc-health-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Call, detailsOf, modelClient, speechClient } from '../testing/grpc-client.ts';
import { startServer, type TestServer, until } from '../testing/server-harness.ts';
import { MODEL, type Parts, speech } from '../testing/session-harness.ts';
import type { StreamingRecognizeRequest } from './generated/verbatim/stt/v1/StreamingRecognizeRequest.ts';

const { NGHTTP2_CANCEL } = constants;

let server: TestServer;
let client: ReturnType<typeof speechClient>;
const start = async (parts?: Parts) => {
  server = await startServer(parts);
  client = speechClient(server.ingress.grpcPort);
  return server;
};

afterEach(async () => {
  client.close();
  await server.stop();
});

const audio = (seconds: number, from = 0) => ({ audio: { data: speech(seconds, from) } });
const opened = (call: Call) => until('opened', () => call.of('opened').length === 1);

describe('StreamingRecognize', () => {
  it('answers speech with partials and finals, and a half-close with the last final, closed and OK', async () => {
    await start();
    const call = new Call(client).send({ config: { model: MODEL, language: 'en-US' } }, audio(1.5));
    await until('a partial', () => call.of('partial').length > 0);
    call.stream.end();
    const status = await call.status;
    expect(status.code).toBe(grpc.status.OK);
    expect(call.kinds[0]).toBe('opened');
    expect(call.of('final')).toMatchObject([
      { sequence: '1', text: 'utterance 1.', start: '0', end: '16000', reason: 'FINAL_REASON_SILENCE', language: 'en' },
      { sequence: '2', text: 'utterance 2.', start: '16000', end: '24000', reason: 'FINAL_REASON_END_OF_AUDIO' },
    ]);
    expect(call.of('closed')).toMatchObject([{ reason: 'end_of_audio', audioSeconds: 1.5, finals: '2' }]);
    expect(server.ingress.sessions.size).toBe(0);
  });

  it('ends with end_of_audio too, and answers finalize with the same id', async () => {
    await start();
    const call = new Call(client).send(
      { config: {} },
      audio(0.4),
      { finalize: { requestId: 'f1' } },
      { keepAlive: {} },
    );
    await until('flushed', () => call.of('flushed').length === 1);
    expect(call.of('flushed')).toEqual([{ requestId: 'f1' }]);
    expect(call.texts).toEqual(['utterance 1.']);
    call.send({ endOfAudio: {} });
    expect((await call.status).code).toBe(grpc.status.OK);
  });

  it('sends no partials to a client that wants none, and does by default', async () => {
    await start();
    const call = new Call(client).send({ config: { partialResults: false } }, audio(0.5));
    await until('progress', () => call.of('progress').length > 0);
    call.stream.end();
    await call.status;
    expect(call.of('partial')).toEqual([]);
  });

  it('goes on after a lost connection: later finals again, audio sent twice ignored, nothing lost', async () => {
    await start();
    const first = new Call(client).send({ config: { sessionId: 'mine' } }, audio(2.5));
    await until('two finals', () => first.texts.length === 2);
    const { resumeToken } = first.of('opened')[0]!;
    first.stream.cancel();
    await until('detached', () => server.metrics.detached === 1);
    await settle();
    const resume = { token: resumeToken, lastSequence: 1 };
    const second = new Call(client).send({ config: { sessionId: 'mine', resume } });
    await opened(second);
    expect(second.of('opened')).toMatchObject([{ sessionId: 'mine', nextSample: '40000' }]);
    second.send({ audio: { data: speech(2, 16_000), firstSample: 16_000 } });
    second.stream.end();
    expect((await second.status).code).toBe(grpc.status.OK);
    expect(second.texts).toEqual(['utterance 2.', 'utterance 3.']);
    const { samples } = server.transcriber.seen.get('mine')!;
    expect(samples.length).toBe(48_000);
    expect(samples.findIndex((sample, i) => sample !== i % 30_000)).toBe(-1);
  });

  it('ends the old call when the session is resumed elsewhere', async () => {
    await start();
    const first = new Call(client).send({ config: { sessionId: 'mine' } });
    await opened(first);
    const resume = { token: first.of('opened')[0]!.resumeToken, lastSequence: 0 };
    const second = new Call(client).send({ config: { sessionId: 'mine', resume } });
    const status = await first.status;
    expect(status.code).toBe(grpc.status.ALREADY_EXISTS);
    expect(status.details).toContain('resumed by another connection');
    await opened(second);
    second.stream.cancel();
  });

  it('holds back a client that sends faster than its audio is decoded, with HTTP/2 flow control', async () => {
    await start({ limits: { bufferMaxSeconds: 1 } });
    server.transcriber.hold();
    const call = new Call(client).send({ config: { sessionId: 'fast' } });
    await opened(call);
    let written = 0;
    for (let second = 0; second < 120; second++) {
      call.stream.write(audio(1, second * 16_000), () => {
        written++;
      });
    }
    await until('audio in the log', () => written > 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(written).toBeLessThan(60);
    server.transcriber.proceed();
    call.stream.end();
    expect((await call.status).code).toBe(grpc.status.OK);
    expect(server.transcriber.seen.get('fast')!.samplesHeard).toBe(120 * 16_000);
    expect(call.texts).toHaveLength(120);
  });

  it('keeps the session of a client that vanishes', async () => {
    await start();
    const call = new Call(client).send({ config: { sessionId: 'lost' } }, audio(0.5));
    await opened(call);
    client.close();
    call.stream.cancel();
    await until('detached', () => server.metrics.detached === 1);
    await settle();
    expect(server.transcriber.seen.get('lost')!.marks).toEqual([]);
    expect(server.transcriber.seen.get('lost')!.samplesHeard).toBe(8_000);
    expect(await server.store.get('lost')).toMatchObject({ status: 'open' });
  });
});

/** A call by hand, for what no gRPC library does on purpose. Its first message opens the session "lost". */
const openByHand = async () => {
  const socket = connectTcp(server.ingress.grpcPort, '127.0.0.1');
  const session = connectHttp2('http://localhost', { createConnection: () => socket });
  session.on('error', () => {});
  const stream = session.request({
    ':method': 'POST',
    ':path': '/verbatim.stt.v1.SpeechService/StreamingRecognize',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => {});
  stream.write(Buffer.from([0, 0, 0, 0, 8, 0x0a, 6, 0x0a, 4, ...Buffer.from('lost')])); // config { session_id: "lost" }
  await until('the session', () => server.transcriber.seen.has('lost'));
  await settle();
  return { socket, session, stream };
};

const untilDetached = async () => {
  await until('detached', () => server.metrics.detached === 1);
  await settle();
};

describe('a lost connection', () => {
  it('detaches the session, as a cancelled call does, and does not end it', async () => {
    await start();
    const { socket } = await openByHand();
    socket.resetAndDestroy();
    await untilDetached();
    expect(server.transcriber.seen.get('lost')!.marks).toEqual([]);
  });

  it('is no end either where a library half-closes before it resets, as grpc-js does', async () => {
    await start();
    const { session, stream } = await openByHand();
    stream.end();
    await new Promise((resolve) => setTimeout(resolve, 30));
    stream.close(NGHTTP2_CANCEL);
    await untilDetached();
    expect(server.transcriber.seen.get('lost')!.marks).toEqual([]);
    session.destroy();
  });
});

describe('a mistake in a call', () => {
  const CONFIG = { config: {} };
  it.each<[string, StreamingRecognizeRequest[], grpc.status, string, string | undefined]>([
    ['audio before config', [audio(0.1)], grpc.status.FAILED_PRECONDITION, 'FAILED_PRECONDITION', 'config'],
    ['an empty first message', [{}], grpc.status.INVALID_ARGUMENT, 'INVALID_ARGUMENT', 'request'],
    ['an empty later message', [CONFIG, {}], grpc.status.INVALID_ARGUMENT, 'INVALID_ARGUMENT', 'request'],
    ['config twice', [CONFIG, CONFIG], grpc.status.INVALID_ARGUMENT, 'INVALID_ARGUMENT', 'config'],
    ['an unknown model', [{ config: { model: 'x' } }], grpc.status.NOT_FOUND, 'UNKNOWN_MODEL', 'model'],
    [
      'an unknown language',
      [{ config: { language: 'xx' } }],
      grpc.status.INVALID_ARGUMENT,
      'UNKNOWN_LANGUAGE',
      'language',
    ],
    [
      'an impossible rate',
      [{ config: { sampleRateHertz: 7 } }],
      grpc.status.INVALID_ARGUMENT,
      'INVALID_ARGUMENT',
      'sample_rate_hertz',
    ],
    [
      'an unknown encoding',
      [{ config: { encoding: 99 as 1 } }],
      grpc.status.INVALID_ARGUMENT,
      'INVALID_ARGUMENT',
      'encoding',
    ],
    [
      'a bad session id',
      [{ config: { sessionId: 'a b' } }],
      grpc.status.INVALID_ARGUMENT,
      'INVALID_ARGUMENT',
      'session_id',
    ],
    [
      'a resume without its session',
      [{ config: { resume: { token: 't' } } }],
      grpc.status.INVALID_ARGUMENT,
      'INVALID_ARGUMENT',
      'session_id',
    ],
    [
      'a resume of nothing',
      [{ config: { sessionId: 'no', resume: { token: 't' } } }],
      grpc.status.NOT_FOUND,
      'SESSION_NOT_FOUND',
      'session_id',
    ],
    [
      'a 5 MiB chunk',
      [CONFIG, { audio: { data: Buffer.alloc(5 * 1024 * 1024) } }],
      grpc.status.RESOURCE_EXHAUSTED,
      'TOO_LARGE',
      'audio.data',
    ],
  ])('%s ends it with its status, reason and field', async (_name, requests, code, reason, field) => {
    await start();
    const status = await new Call(client).send(...requests).status;
    expect(status.code).toBe(code);
    expect(detailsOf(status)).toMatchObject({
      ErrorInfo: { reason, domain: 'verbatim' },
      BadRequest: { fieldViolations: [{ field }] },
    });
  });

  it('of a chunk that is too large names the limit, and disturbs nobody else', async () => {
    await start();
    const other = new Call(client).send({ config: {} }, audio(1));
    const wrong = new Call(client).send({ config: {} }, { audio: { data: Buffer.alloc(5 * 1024 * 1024) } });
    expect((await wrong.status).details).toContain('1048576');
    other.stream.end();
    expect((await other.status).code).toBe(grpc.status.OK);
    expect(other.texts).toEqual(['utterance 1.']);
  });

  it('that the session survives is an error event', async () => {
    await start();
    const floats = Buffer.alloc(6_400);
    floats.writeFloatLE(Number.NaN, 0);
    const call = new Call(client).send(
      { config: { encoding: 'ENCODING_FLOAT32' } },
      { audio: { data: floats } },
      { audio: { data: Buffer.alloc(64_000) } },
    );
    call.stream.end();
    expect((await call.status).code).toBe(grpc.status.OK);
    expect(call.of('error')).toMatchObject([{ code: 'invalid_argument', message: expect.stringContaining('NaN') }]);
    expect(call.texts).toEqual(['utterance 1.', 'utterance 2.']);
  });

  it('is 10,000 empty chunks to nobody', async () => {
    await start();
    const call = new Call(client).send({ config: {} });
    for (let i = 0; i < 10_000; i++) call.send({ audio: { data: Buffer.alloc(0) } });
    call.send(audio(1));
    call.stream.end();
    expect((await call.status).code).toBe(grpc.status.OK);
    expect(call.texts).toEqual(['utterance 1.']);
  });

  it('of a stream without any message has a name', async () => {
    await start();
    const call = new Call(client);
    call.stream.end();
    expect((await call.status).code).toBe(grpc.status.FAILED_PRECONDITION);
  });

  it('of a server without room says when to come back', async () => {
    await start({ transcriber: { slots: 0 }, limits: { admissionWaitMs: 20 } });
    const status = await new Call(client).send({ config: {} }).status;
    expect(status.code).toBe(grpc.status.RESOURCE_EXHAUSTED);
    expect(detailsOf(status)).toMatchObject({
      ErrorInfo: { reason: 'NO_CAPACITY' },
      RetryInfo: { retryDelay: { seconds: '1' } },
    });
  });
});

describe('a client that never reads', () => {
  it('is cut off by name while its session and its neighbours go on', async () => {
    await start({ limits: { maxUnreadEvents: 50 } });
    const deaf = client.StreamingRecognize();
    deaf.on('error', () => {});
    const status = new Promise<grpc.StatusObject>((resolve) => deaf.on('status', resolve));
    deaf.write({ config: { sessionId: 'deaf' } });
    deaf.pause();
    await until('the session', () => server.transcriber.seen.has('deaf'));
    const text = 'x'.repeat(20_000);
    // On a connection of its own: HTTP/2 has one window for all of a connection's streams.
    const other = speechClient(server.ingress.grpcPort);
    const neighbour = new Call(other).send({ config: {} }, audio(1));
    for (let sequence = 1; sequence <= 600; sequence++) {
      await server.transcriber.say('deaf', { type: 'error', code: 'internal', message: text, recoverable: true });
    }
    await until('the cut', () => server.metrics.slow === 1);
    expect(await server.store.get('deaf')).toMatchObject({ status: 'open' });
    neighbour.stream.end();
    expect((await neighbour.status).code).toBe(grpc.status.OK);
    other.close();
    deaf.resume();
    expect((await status).code).toBe(grpc.status.ABORTED);
  });
});

describe('the gRPC server', () => {
  it('lists its models', async () => {
    await start();
    const models = modelClient(server.ingress.grpcPort);
    const response = await new Promise((resolve, reject) => {
      models.ListModels({}, (error, list) => (error ? reject(error) : resolve(list)));
    });
    expect(response).toEqual({
      models: [
        { id: MODEL, languages: ['en'], default: true, tasks: ['TASK_TRANSCRIBE'], wordTimes: false },
        {
          id: 'whisper-base',
          languages: [],
          default: false,
          tasks: ['TASK_TRANSCRIBE', 'TASK_TRANSLATE'],
          wordTimes: true,
        },
      ],
    });
    models.close();
  });

  it('says whether it serves, and that it does not while draining; then ends calls with UNAVAILABLE', async () => {
    await start();
    const Health = grpc.makeGenericClientConstructor(healthService, 'Health');
    const health = new Health(`127.0.0.1:${server.ingress.grpcPort}`, grpc.credentials.createInsecure());
    const check = (service: string) =>
      new Promise((resolve, reject) => {
        health.check!({ service }, (error: Error | null, reply: { status: string }) =>
          error ? reject(error) : resolve(reply.status),
        );
      });
    expect(await check('verbatim.stt.v1.SpeechService')).toBe('SERVING');
    const call = new Call(client).send({ config: {} }, audio(0.5));
    await opened(call);
    await until('the audio', () => call.of('progress').length > 0);
    expect(await server.ingress.drain(2_000)).toBe(0);
    expect(await check('')).toBe('NOT_SERVING');
    const status = await call.status;
    expect(status.code).toBe(grpc.status.UNAVAILABLE);
    expect(call.texts).toEqual(['utterance 1.']);
    expect(call.of('closed')).toMatchObject([{ reason: 'server_shutdown' }]);
    expect((await new Call(client).send({ config: {} }).status).code).toBe(grpc.status.UNAVAILABLE);
    health.close();
  });

  it('describes itself by reflection', async () => {
    await start();
    const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    const raw = new grpc.Client(`127.0.0.1:${server.ingress.grpcPort}`, grpc.credentials.createInsecure());
    const call = raw.makeBidiStreamRequest(
      path,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
    );
    const answer = new Promise<Buffer>((resolve) => call.on('data', resolve));
    call.write(Buffer.concat([Buffer.from([0x3a, 1]), Buffer.from('*')])); // list_services = 7
    expect((await answer).toString('latin1')).toContain('verbatim.stt.v1.SpeechService');
    call.end();
    raw.close();
  });
});
