import { connect } from 'node:net';
import { ManualClock } from '@verbatim/contracts/testing';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../testing/server-harness.ts';
import { QUIET } from '../testing/session-harness.ts';
import { sendEventStream } from './event-stream.ts';

let clock: ManualClock;
let app: FastifyInstance;
let messages: (signal: AbortSignal) => AsyncGenerator<object, void>;
let asked: AbortSignal;
let port: number;

beforeEach(async () => {
  clock = new ManualClock();
  app = fastify({ forceCloseConnections: true });
  app.get('/', (_request, reply) =>
    sendEventStream(reply, {
      ...{ clock, log: QUIET },
      messages: (signal) => {
        asked = signal;
        return messages(signal);
      },
    }),
  );
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
});

afterEach(() => app.close());

const silence = async function* (signal: AbortSignal): AsyncGenerator<object, void> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
};

/** All that a reader gets, as it comes. */
const read = async () => {
  const response = await fetch(`http://127.0.0.1:${port}/`);
  const got = { text: '', ended: false, failed: false };
  void (async () => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) got.text += chunk;
    got.ended = true;
  })().catch(() => {
    got.failed = true;
  });
  return got;
};

describe('a stream of events', () => {
  it('gives each message as data, and ends with the last', async () => {
    messages = async function* () {
      yield { a: 1 };
      yield { b: 'two\nlines' };
    };
    const got = await read();
    await until('the end', () => got.ended);
    expect(got.text.replace(/^:\n\n/, '')).toBe('data: {"a":1}\n\ndata: {"b":"two\\nlines"}\n\n');
    expect(clock.pending).toBe(0);
  });

  it('says that it is alive, at once and every 15 seconds', async () => {
    messages = silence;
    const got = await read();
    await until('the first', () => got.text === ':\n\n');
    for (const beats of [2, 3]) {
      await clock.advance(15_000);
      await until('the next', () => got.text === ':\n\n'.repeat(beats));
    }
  });

  it('breaks off where its messages do', async () => {
    messages = async function* () {
      yield { a: 1 };
      throw new Error('broken');
    };
    const got = await read();
    await until('the failure', () => got.failed);
    expect(asked.aborted).toBe(true);
  });

  it('asks for no more than its reader takes, and cuts one that takes nothing for half a minute', async () => {
    const line = 'x'.repeat(2 ** 16);
    let given = 0;
    messages = async function* () {
      for (;;) {
        given++;
        yield { line };
      }
    };
    const socket = connect(port, '127.0.0.1').pause();
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    let before = -1;
    await until('the jam', async () => {
      before = given;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return given > 1 && given === before;
    });
    await clock.advance(29_000);
    expect(asked.aborted).toBe(false);
    await clock.advance(1_000);
    await until('the cut', () => asked.aborted);
    expect(given).toBe(before);
    socket.destroy();
  });

  it('leaves nothing behind when its reader does', async () => {
    messages = silence;
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await until('the end', () => asked.aborted && clock.pending === 0);
  });
});
