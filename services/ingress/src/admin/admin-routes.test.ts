import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer, type TestServer, until } from '../testing/server-harness.ts';
import { MODEL, speech } from '../testing/session-harness.ts';
import { adminAccess } from './admin-access.ts';

const tenant = { tenant: 'default' };

let server: TestServer;

beforeEach(async () => {
  server = await startServer({}, { adminAccess: adminAccess({ isLocal: true }) });
});

afterEach(async () => {
  await server.stop();
});

const liveSession = async (sessionId: string) => {
  const session = await server.ingress.sessions.open({ session_id: sessionId }, tenant);
  await session.write(speech(1.5));
  await until('the first final', async () => (await server.store.get(sessionId))?.nextSequence === 2);
  return session;
};

/** Subscriptions to events and controls. */
const subscriptions = () => (server.bus.events as unknown as { readonly size: number }).size;

/** Watches sessions as a page does; what comes is in `messages`. */
const watch = async (query: string) => {
  const stop = new AbortController();
  const response = await fetch(`${server.http}/v1/admin/sessions/events?${query}`, { signal: stop.signal });
  const messages: Readonly<Record<string, unknown>>[] = [];
  const text: string[] = [];
  const reading = (async () => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text.push(chunk);
      const whole = text.join('').split('\n\n').slice(0, -1);
      messages.splice(0, messages.length, ...whole.flatMap((block) => dataOf(block)));
    }
  })();
  return { response, messages, text, ended: reading.catch(() => {}), leave: () => stop.abort() };
};

const dataOf = (block: string) => (block.startsWith('data: ') ? [JSON.parse(block.slice('data: '.length))] : []);
const shown = (messages: readonly Readonly<Record<string, unknown>>[]) =>
  messages.map(({ type, session_id, sequence }) => [session_id, sequence ?? type].join(' '));

describe('the list of sessions', () => {
  it('tells who has each and how much audio came in', async () => {
    await liveSession('mine');
    const response = await fetch(`${server.http}/v1/admin/sessions?status=open`);
    expect(await response.json()).toMatchObject({
      sessions: [
        {
          ...{ session_id: 'mine', status: 'open', tenant: 'default', kind: 'live', model: MODEL, final_count: 1 },
          ...{ owner: 'scripted', epoch: 1, door: expect.any(String), received_ms: 1_500, committed_ms: 1_000 },
        },
      ],
      next: null,
    });
    expect(await (await fetch(`${server.http}/v1/admin/sessions?status=closed`)).json()).toMatchObject({
      sessions: [],
    });
  });

  it('counts what is text as received, also where the log has forgotten it', async () => {
    await liveSession('mine');
    await server.bus.audio.erase('mine');
    const response = await fetch(`${server.http}/v1/admin/sessions`);
    expect(await response.json()).toMatchObject({ sessions: [{ received_ms: 1_000 }] });
  });

  it('is there while the audio log is away, which is when it is wanted most', async () => {
    await liveSession('mine');
    server.bus.audio.head = () => new Promise(() => {});
    const response = await fetch(`${server.http}/v1/admin/sessions`);
    expect(await response.json()).toMatchObject({ sessions: [{ session_id: 'mine', received_ms: null }] });
    server.bus.audio.head = () => Promise.reject(new Error('away'));
    expect((await fetch(`${server.http}/v1/admin/sessions`)).status).toBe(200);
  });
});

describe('a watch of sessions', () => {
  it('begins with what is known of each and goes on until all have closed', async () => {
    const session = await liveSession('mine');
    const { response, messages, text, ended } = await watch('session_id=mine&session_id=nobody');
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    await until('the first final', () => shown(messages).includes('mine 1'));
    session.end();
    await ended;
    expect(shown(messages).filter((message) => message.startsWith('nobody'))).toEqual(['nobody closed']);
    const mine = shown(messages).filter((message) => message.startsWith('mine') && message !== 'mine progress');
    expect(mine).toEqual(['mine state', 'mine 1', 'mine 2', 'mine state', 'mine closed']);
    expect(messages.filter(({ type }) => type === 'state')).toMatchObject([
      { session: { status: 'open', owner: 'scripted' } },
      { session: { status: 'closed', close_reason: 'end_of_audio', received_ms: null } },
    ]);
    expect(text.join('')).toMatch(/^:\n\n/);
    expect(text.join('')).not.toMatch(/^event:/m);
  });

  it('shows partials to who asks for them, in the shape of the WebSocket', async () => {
    await liveSession('mine');
    const { messages, leave } = await watch('session_id=mine&partials=true');
    await until('the first final', () => shown(messages).includes('mine 1'));
    const partial = { utterance: 2, text: 'so far', stableChars: 2, confidence: 0.5, start: 16_000, end: 20_000 };
    await server.transcriber.say('mine', { type: 'partial', language: 'en', ...partial });
    await until('the partial', () => messages.some(({ type }) => type === 'partial'));
    expect(messages.at(-1)).toMatchObject({
      ...{ type: 'partial', session_id: 'mine', text: 'so far', new_text: 'so far', stable_chars: 2, start_ms: 1_000 },
    });
    leave();
  });

  it('leaves nothing behind when its reader does, at once and in the midst of silence', async () => {
    await liveSession('mine');
    await until('the session to settle', () => subscriptions() === 2);
    const { messages, leave } = await watch('session_id=mine');
    await until('the first final', () => shown(messages).includes('mine 1'));
    expect(subscriptions()).toBe(3);
    const before = performance.now();
    leave();
    await until('the end of the subscription', () => subscriptions() === 2);
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  it('lets go of a session that has closed while others go on', async () => {
    const first = await liveSession('first');
    await liveSession('second');
    const { messages, leave } = await watch('session_id=first&session_id=second&session_id=nobody');
    await until('both', () => ['first 1', 'second 1'].every((final) => shown(messages).includes(final)));
    first.end();
    await until('the end of the first', () => shown(messages).includes('first closed'));
    await until('the end of its subscriptions', () => subscriptions() === 3);
    leave();
  });

  it('has no HEAD, which would be a watch that nobody reads', async () => {
    await liveSession('mine');
    const { status } = await fetch(`${server.http}/v1/admin/sessions/events?session_id=mine`, { method: 'HEAD' });
    expect(status).toBe(405);
    expect(subscriptions()).toBe(2);
  });

  it('ends at once when the server stops', async () => {
    await liveSession('mine');
    const { messages, ended } = await watch('session_id=mine');
    await until('the first final', () => shown(messages).includes('mine 1'));
    const before = performance.now();
    await server.ingress.close();
    await ended;
    expect(performance.now() - before).toBeLessThan(1_500);
    await until('the end of the subscription', () => subscriptions() <= 1);
  });

  it.each([
    ['no session', ''],
    ['what is no id', 'session_id=a%20b'],
    ['too many', Array.from({ length: 51 }, (_, i) => `session_id=s${i}`).join('&')],
  ])('of %s is refused', async (_, query) => {
    expect((await fetch(`${server.http}/v1/admin/sessions/events?${query}`)).status).toBe(400);
  });
});
