import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { heardOf } from './client-event.ts';
import type { Connect, ConnectionHandlers, IngressAddress, Opening } from './connection.ts';
import { runSession } from './resuming-client.ts';

const SAMPLES = 4_000;
const ingresses: IngressAddress[] = ['a', 'b'].map((name) => ({ name, wsUrl: '', grpcAddress: '' }));
const final = (sequence: number) => ({ type: 'final', sequence, text: 'word', startMs: 0, endMs: 1 }) as const;

interface Call {
  readonly ingress: string;
  readonly opening: Opening;
  /** Samples that were sent, in order. */
  readonly sent: number[];
  ended: boolean;
}

type Script = (handlers: ConnectionHandlers, call: Call) => void | Promise<void>;

/** Connections that each do what their script says, when they are opened. */
function scripted(...scripts: Script[]) {
  const calls: Call[] = [];
  const connect: Connect = (ingress, opening, handlers) => {
    const call: Call = { ingress: ingress.name, opening, sent: [], ended: false };
    const script = scripts[calls.length]!;
    calls.push(call);
    void nextTurn().then(() => script(handlers, call));
    return {
      async send(firstSample, pcm16) {
        for (let at = 0; at < pcm16.length; at++) call.sent.push(firstSample + at);
      },
      end: () => {
        call.ended = true;
      },
      close: () => {},
    };
  };
  return { calls, connect };
}

const opened = (nextSample: number) =>
  ({ type: 'opened', sessionId: 's', resumeToken: `t${nextSample}`, nextSample }) as const;
const until = async (isTrue: () => boolean) => {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const closeWell: Script = async ({ onEvent, onEnd }, call) => {
  onEvent(opened(0));
  await until(() => call.ended);
  onEvent({ type: 'closed', reason: 'end_of_audio', finals: 0 });
  onEnd({ code: 'done', detail: '' });
};
const run = (connect: Connect) =>
  runSession({
    ...{ connect, ingresses, first: 0, signal: new AbortController().signal },
    pcm16: new Int16Array(SAMPLES),
  });

describe('runSession', () => {
  it('sends all audio at the pace of a microphone, then the end', async () => {
    const { calls, connect } = scripted(closeWell);
    const began = performance.now();
    const result = await run(connect);
    expect(performance.now() - began).toBeGreaterThanOrEqual(290);
    expect(calls[0]?.sent).toEqual(Array.from({ length: SAMPLES }, (_, at) => at));
    expect(result).toMatchObject({ sessionId: 's', failure: null, errors: {} });
  });

  it('goes on at the next ingress, behind the last final, from the sample that it asks for', async () => {
    const { calls, connect } = scripted(
      async ({ onEvent, onEnd }, call) => {
        onEvent(opened(0));
        onEvent(final(1));
        await until(() => call.sent.length >= 1_600);
        onEnd({ code: 'lost', detail: 'ECONNRESET' });
      },
      ({ onEnd }) => onEnd({ code: 'unavailable', detail: 'draining' }),
      async ({ onEvent, onEnd }, call) => {
        onEvent(opened(800));
        await until(() => call.ended);
        onEvent(final(2));
        onEvent({ type: 'closed', reason: 'end_of_audio', finals: 2 });
        onEnd({ code: 'done', detail: '' });
      },
    );
    const result = await run(connect);
    expect(calls.map(({ ingress }) => ingress)).toEqual(['a', 'b', 'a']);
    expect(calls.map(({ opening }) => opening)).toEqual([
      null,
      { sessionId: 's', resumeToken: 't0', lastSequence: 1 },
      { sessionId: 's', resumeToken: 't0', lastSequence: 1 },
    ]);
    expect(calls[2]?.sent).toEqual(Array.from({ length: SAMPLES - 800 }, (_, at) => 800 + at));
    expect(result.errors).toEqual({ lost: 1, unavailable: 1 });
    expect(result.attachments.map(({ ingress }) => ingress)).toEqual(['a', 'a']);
    expect(heardOf(result.heard, 'final').map(({ event }) => event.sequence)).toEqual([1, 2]);
  });

  it('gives up at an error that no other attempt would pass', async () => {
    const { calls, connect } = scripted(({ onEnd }) => onEnd({ code: 'resume_rejected', detail: 'no' }));
    expect((await run(connect)).failure).toBe('a: resume_rejected: no');
    expect(calls).toHaveLength(1);
  });
});
