import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { liveClock } from '../clock.ts';
import { all } from '../testing/all.ts';
import { HttpDoor } from '../testing/http-door.ts';
import { VerbatimApi } from './verbatim-api.ts';
import type { WatchedEvent } from './watch-sessions.ts';

/** Waits are a hundred times shorter. */
const clock = { ...liveClock, after: (ms: number, run: () => void) => liveClock.after(ms / 100, run) };

let door: HttpDoor;
let api: VerbatimApi;
beforeEach(async () => {
  door = await HttpDoor.start();
  api = new VerbatimApi({ server: door.url, adminKey: 'secret', clock });
});
afterEach(() => door[Symbol.asyncDispose]());

const final = (sessionId: string, sequence: number) => ({
  ...{ type: 'final', session_id: sessionId, sequence, utterance: sequence, text: `№ ${sequence}`, confidence: 1 },
  ...{ start_ms: 0, end_ms: 1_000, language: 'en', reason: 'silence', timestamp: '2026-01-01T00:00:00.000Z' },
});
const closed = (sessionId: string) => ({
  ...{ type: 'closed', session_id: sessionId, reason: 'end_of_audio', audio_seconds: 1, finals: 1 },
});

/** Answers each request with the next of `streams`, in pieces; `cut`: and breaks it off. */
function serve(
  streams: readonly (readonly object[])[],
  end: 'end' | 'cut' | 'open' = 'end',
): { readonly urls: string[] } {
  const urls: string[] = [];
  door.handle = async ({ url, headers }, response) => {
    expect(headers.authorization).toBe('Bearer secret');
    const messages = streams[urls.push(url!) - 1] ?? [];
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': welcome\n\n');
    const bytes = Buffer.from(messages.map((message) => `data: ${JSON.stringify(message)}\n\n`).join(''));
    for (let at = 0; at < bytes.length; at += 61) {
      response.write(bytes.subarray(at, at + 61));
      await sleep(1);
    }
    if (end === 'cut') response.destroy();
    if (end === 'end') response.end();
  };
  return { urls };
}

const textOf = ({ sessionId, event }: WatchedEvent): string =>
  `${sessionId} ${event.type === 'final' ? event.text : event.type}`;

describe('watched sessions', () => {
  it('are told with what they said before, what they say, and their end', async () => {
    const state = {
      ...{ session_id: 'a', status: 'open', close_reason: null, model: 'tiny', language: null, task: 'transcribe' },
      ...{ opened_at: '2026-01-02T03:04:05.000Z', updated_at: '2026-01-02T03:04:06.000Z', committed_ms: 0 },
      ...{ final_count: 1, tenant: 't', kind: 'live', owner: null, epoch: 1, door: null, received_ms: null },
    };
    const moved = { type: 'moved', session_id: 'b', epoch: 2 };
    const news = [
      { type: 'state', session_id: 'a', session: state },
      final('a', 1),
      moved,
      { type: 'news', session_id: 'a' },
    ];
    const { urls } = serve([[...news, closed('a'), closed('b')]], 'open');
    const watched = await all(api.watchSessions(['a', 'b']));
    expect(watched.map(textOf)).toEqual(['a state', 'a № 1', 'b moved', 'a closed', 'b closed']);
    expect(watched[0]!.event).toMatchObject({
      session: { sessionId: 'a', openedAt: new Date('2026-01-02T03:04:05.000Z') },
    });
    expect(urls).toEqual(['/v1/admin/sessions/events?session_id=a&session_id=b']);
  });

  it.each(['end', 'cut'] as const)(
    'are watched on after the stream was broken by its %s, each final once',
    async (end) => {
      const { urls } = serve(
        [
          [final('a', 1), closed('b'), final('a', 2)],
          [final('a', 1), final('a', 2), final('a', 3), closed('a')],
        ],
        end,
      );
      const watched = await all(api.watchSessions(['a', 'b']));
      expect(watched.map(textOf)).toEqual(['a № 1', 'b closed', 'a № 2', 'a № 3', 'a closed']);
      expect(urls[1]).toBe('/v1/admin/sessions/events?session_id=a');
    },
  );

  it('that may not be watched are an error', async () => {
    door.handle = (_, response) => {
      response.writeHead(401).end(JSON.stringify({ code: 'unauthorized', detail: 'The key is wrong.' }));
    };
    await expect(all(api.watchSessions(['a']))).rejects.toMatchObject({ code: 'unauthorized', status: 401 });
  });

  it('are let go by a signal', async () => {
    serve([[final('a', 1)]], 'open');
    const stop = new AbortController();
    const watching = all(api.watchSessions(['a'], { signal: stop.signal }), () => stop.abort(new Error('Enough.')));
    await expect(watching).rejects.toThrow('Enough.');
  });
});
