import type { ServiceError, StatusObject } from '@grpc/grpc-js';
import type { Final, SessionTask } from '@verbatim/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import type { CreateJobResponse__Output } from './grpc/generated/verbatim/stt/v1/CreateJobResponse.ts';
import type { GetJobResponse__Output } from './grpc/generated/verbatim/stt/v1/GetJobResponse.ts';
import type { JobConfig } from './grpc/generated/verbatim/stt/v1/JobConfig.ts';
import type { WatchJobResponse__Output } from './grpc/generated/verbatim/stt/v1/WatchJobResponse.ts';
import { Call, detailsOf, jobClient, speechClient } from './testing/grpc-client.ts';
import { startServer, type TestServer, until } from './testing/server-harness.ts';
import { MODEL, speech } from './testing/session-harness.ts';
import { WsClient } from './testing/ws-client.ts';

/** A model that translates and tells words, and one that does neither. */
const ABLE = 'whisper-base';
const PLAIN = MODEL;

const final = (sequence: number, text: string, language: string, [from, to]: readonly [number, number]): Final => ({
  type: 'final',
  sequence,
  utterance: sequence,
  text,
  words: [{ text, start: from * 16_000, end: to * 16_000, confidence: 0.75 }],
  confidence: 0.9,
  start: from * 16_000,
  end: to * 16_000,
  language,
  reason: 'silence',
});

/** What every file says. */
const SAID = [
  final(1, 'Hello.', 'en', [0, 1]),
  final(2, 'Willkommen.', 'de', [1, 3.5]),
  final(3, 'Bye.', 'en', [4, 5]),
];

let server: TestServer;
const closing: (() => void)[] = [];
const start = async (model = ABLE) => {
  const speaks = (utterance: number) => (utterance === 1 ? 'en' : 'de');
  server = await startServer({ said: SAID, transcriber: { model, tellsWords: true, speaks } });
};

afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await server.stop();
});

const grpcCall = () => {
  const client = speechClient(server.ingress.grpcPort);
  closing.push(() => client.close());
  return new Call(client);
};
const socket = async (query = '') => {
  const client = await WsClient.connect(server.ws + query);
  closing.push(() => client.socket.terminate());
  return client;
};
const jobs = () => {
  const client = jobClient(server.ingress.grpcPort);
  closing.push(() => client.close());
  return client;
};

const WAV = Buffer.from('RIFF\0\0\0\0WAVEfmt ');
const send = (path: string, fields: Readonly<Record<string, string>>) => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append('file', new Blob([WAV]), 'a.wav');
  return fetch(server.http + path, { method: 'POST', body });
};
const json = async <T>(response: Response | Promise<Response>) => (await (await response).json()) as T;
const get = (path: string) => fetch(server.http + path);

interface Body {
  readonly job_id: string;
  readonly status: string;
  readonly task: string;
  readonly code?: string;
  readonly field?: string;
}

const restJob = async (fields: Readonly<Record<string, string>>): Promise<Body> => {
  const { job_id } = await json<Body>(send('/v1/stt/jobs', fields));
  await until('the job', async () => (await json<Body>(get(`/v1/stt/jobs/${job_id}`))).status === 'completed');
  return json(get(`/v1/stt/jobs/${job_id}`));
};

const createGrpcJob = (config: JobConfig) =>
  new Promise<CreateJobResponse__Output>((resolve, reject) => {
    const call = jobs().CreateJob((error, answer) => (error ? reject(error) : resolve(answer!)));
    call.write({ config: { fileName: 'a.wav', ...config } });
    call.write({ data: WAV });
    call.end();
  });

/** All that is sent of a job until it is finished. */
const watchGrpcJob = async (jobId: string) => {
  const watched: WatchJobResponse__Output[] = [];
  for await (const each of jobs().WatchJob({ jobId })) watched.push(each);
  return watched;
};
const getGrpcJob = (jobId: string) =>
  new Promise<GetJobResponse__Output>((resolve, reject) => {
    jobs().GetJob({ jobId }, (error, answer) => (error ? reject(error) : resolve(answer!)));
  });

/** How many partials there are depends on how the audio comes. */
const expectOwnLanguages = (partials: readonly { readonly utterance?: unknown; readonly language?: unknown }[]) => {
  expect(partials.length).toBeGreaterThan(0);
  for (const { utterance, language } of partials) expect(language).toBe(Number(utterance) === 1 ? 'en' : 'de');
};

describe('the words of a final, and its language,', () => {
  it('come over gRPC in audio time', async () => {
    await start();
    const call = grpcCall().send({ config: { model: ABLE } }, { audio: { data: speech(1.5) } }, { endOfAudio: {} });
    await call.status;
    expect(call.of('final')).toMatchObject([
      {
        language: 'en',
        words: [
          { text: 'utterance', start: '0', end: '8000', confidence: expect.closeTo(0.8, 3) },
          { text: '1.', start: '8000', end: '16000' },
        ],
      },
      { language: 'de', words: [{ start: '16000' }, { text: '2.', end: '24000' }] },
    ]);
    expectOwnLanguages(call.of('partial'));
  });

  it('come over a WebSocket, and are read there later, in milliseconds', async () => {
    await start();
    const client = await socket(`?model=${ABLE}&session_id=mine`);
    client.send(speech(1.5), { type: 'end' });
    await client.closed;
    const words = [
      { text: 'utterance', start_ms: 0, end_ms: 500, confidence: 0.8 },
      { text: '1.', start_ms: 500, end_ms: 1_000, confidence: 0.8 },
    ];
    const shown = [{ text: 'utterance 1.', language: 'en', words }, { language: 'de' }];
    expect(client.of('final')).toMatchObject(shown);
    expectOwnLanguages(client.of('partial'));
    expect(await json(get('/v1/stt/sessions/mine'))).toMatchObject({ language: null, finals: shown });
  });

  it('come with a job’s text, which is in the language of most of it', async () => {
    await start();
    const { job_id, ...job } = await restJob({ model: ABLE });
    const result = {
      language: 'de',
      segments: [
        { text: 'Hello.', language: 'en', words: [{ text: 'Hello.', start: 0, end: 1, confidence: 0.75 }] },
        { language: 'de', words: [{ text: 'Willkommen.', start: 1, end: 3.5 }] },
        { language: 'en' },
      ],
    };
    expect(job).toMatchObject({ result });
    expect(await json(get(`/v1/stt/jobs/${job_id}/result`))).toMatchObject(result);
    expect(await (await get(`/v1/stt/jobs/${job_id}/result?format=srt`)).text()).toContain('00:00:01,000 -->');
  });

  it('come with a job’s text over gRPC, at once and as it grows', async () => {
    await start();
    const { job } = await createGrpcJob({ model: ABLE });
    const watched = await watchGrpcJob(job!.jobId);
    const segments = [
      { language: 'en', words: [{ text: 'Hello.', start: 0, end: 1, confidence: 0.75 }] },
      { language: 'de', words: [{ text: 'Willkommen.', start: 1, end: 3.5 }] },
      { language: 'en' },
    ];
    expect(watched.flatMap((each) => each.segments)).toMatchObject(segments);
    expect((await getGrpcJob(job!.jobId)).result).toMatchObject({ language: 'de', segments });
  });
});

/** How each door is asked for a task of a model; gives the id of the session or job, or throws the door's refusal. */
type Ask = (task: SessionTask, model: string) => Promise<string>;

class Refused extends Error {
  readonly refusal: object;

  constructor(refusal: object) {
    super(JSON.stringify(refusal));
    this.refusal = refusal;
  }
}

const refusedBy = (status: StatusObject): Refused => {
  const [violation] = (detailsOf(status).BadRequest as { fieldViolations: { field: string }[] }).fieldViolations;
  return new Refused({ status: status.code, text: status.details, field: violation?.field });
};

const overGrpc: Ask = async (task, model) => {
  const named = task === 'translate' ? 'TASK_TRANSLATE' : 'TASK_TRANSCRIBE';
  const call = grpcCall().send({ config: { model, task: named } });
  const over = call.status.then((status) => {
    throw refusedBy(status);
  });
  await Promise.race([over, until('opened', () => call.of('opened').length === 1)]);
  over.catch(() => {});
  call.send({ endOfAudio: {} });
  return call.of('opened')[0]!.sessionId;
};

const overSocket =
  (open: (task: SessionTask, model: string) => Promise<WsClient>): Ask =>
  async (task, model) => {
    const client = await open(task, model);
    await until('an answer', () => client.messages.length > 0);
    const [error] = client.of('error');
    if (error !== undefined) {
      throw new Refused({ status: (await client.closed).code, text: error.message, field: error.field });
    }
    client.send({ type: 'end' });
    return String(client.of('opened')[0]!.session_id);
  };

const byQuery = overSocket(async (task, model) => {
  const client = await socket(`?model=${model}&task=${task}&events=all`);
  client.send(speech(0.1));
  return client;
});

const byConfig = overSocket(async (task, model) =>
  (await socket()).send({ type: 'config', model, task: task.toUpperCase() }),
);

const byForm: Ask = async (task, model) => {
  const response = await send('/v1/stt/jobs', { model, task });
  const { job_id, ...problem } = await json<{ job_id: string; status: number; detail: string; field: string }>(
    response,
  );
  if (response.status === 202) return job_id;
  throw new Refused({ status: problem.status, text: problem.detail, field: problem.field });
};

const byGrpcJob: Ask = async (task, model) => {
  const named = task === 'translate' ? 'TASK_TRANSLATE' : 'TASK_TRANSCRIBE';
  try {
    return (await createGrpcJob({ model, task: named })).job!.jobId;
  } catch (error) {
    throw refusedBy(error as ServiceError);
  }
};

/** The task of a session or job as its door knows it. */
const taskOf = async (id: string) =>
  (await server.store.get(id))?.spec.task ?? (await server.ingress.jobs.get(id, { tenant: 'default' })).spec.task;

describe.each<[string, Ask, number]>([
  ['gRPC', overGrpc, 3],
  ['the query of a WebSocket', byQuery, 1008],
  ['the config of a WebSocket', byConfig, 1008],
  ['the form of a file', byForm, 400],
  ['a job over gRPC', byGrpcJob, 3],
])('a task asked for by %s', (_door, ask, status) => {
  it('is what the speech becomes', async () => {
    await start();
    expect(await taskOf(await ask('translate', ABLE))).toBe('translate');
    expect(await taskOf(await ask('transcribe', ABLE))).toBe('transcribe');
  });

  it('that the model does not do is refused by name', async () => {
    await start(PLAIN);
    const text = `Model "${PLAIN}" can't translate; it can transcribe.`;
    await expect(ask('translate', PLAIN)).rejects.toMatchObject({ refusal: { status, text, field: 'task' } });
    expect(await taskOf(await ask('transcribe', PLAIN))).toBe('transcribe');
  });
});

describe('a prompt and a language', () => {
  const PROMPT = 'Zürich, naïve';

  it('that any door is told are those of the session or job', async () => {
    await start();
    const config = { model: ABLE, prompt: PROMPT, language: 'de-CH' };
    grpcCall().send({ config: { ...config, sessionId: 'grpc' } });
    (await socket(`?${new URLSearchParams({ ...config, session_id: 'query' })}`)).send(speech(0.1));
    (await socket()).send({ type: 'config', ...config, session_id: 'config' });
    for (const id of ['grpc', 'query', 'config']) {
      await until(id, async () => (await server.store.get(id)) !== null);
      expect((await server.store.get(id))!.spec, id).toMatchObject({ prompt: PROMPT, language: 'de' });
    }
    await createGrpcJob(config);
    await restJob(config);
    expect(server.worker!.seen).toHaveLength(2);
    for (const spec of server.worker!.seen) expect(spec).toMatchObject({ prompt: PROMPT, language: 'de' });
  });
});

describe('a task', () => {
  it('is to transcribe where none is named, and is told with a session and a job', async () => {
    await start();
    const client = await socket(`?model=${ABLE}&session_id=mine`);
    client.send(speech(0.1), { type: 'end' });
    await client.closed;
    expect(await json(get('/v1/stt/sessions/mine'))).toMatchObject({ task: 'transcribe' });
    expect(await restJob({ model: ABLE })).toMatchObject({ task: 'transcribe' });
    expect((await createGrpcJob({ model: ABLE })).job).toMatchObject({ task: 'TASK_TRANSCRIBE' });
    expect(await restJob({ model: ABLE, task: 'translate' })).toMatchObject({ task: 'translate' });
  });

  it('that there is none of is refused, not taken for another', async () => {
    await start();
    const unknown = 7 as unknown as 'TASK_TRANSLATE';
    await expect(createGrpcJob({ model: ABLE, task: unknown })).rejects.toMatchObject({
      code: 3,
      details: expect.stringMatching(/^task is 7/),
    });
    const response = await send('/v1/stt/jobs', { task: 'sing' });
    expect(await json(response)).toMatchObject({ status: 400, field: 'task' });
  });
});
