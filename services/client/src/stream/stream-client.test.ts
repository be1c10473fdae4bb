import type { ClientEvent } from '@verbatim/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DoorConnection, ScriptedDoor } from '../testing/scripted-door.ts';
import { StreamClient } from './stream-client.ts';
import type { StreamClientOptions } from './stream-client-options.ts';

let door: ScriptedDoor;
beforeEach(async () => {
  door = await ScriptedDoor.start();
});
afterEach(() => door[Symbol.asyncDispose]());

/** A session on the scripted door, and its first connection there. */
async function open(options: Partial<StreamClientOptions> = {}): Promise<[StreamClient, DoorConnection]> {
  return await Promise.all([StreamClient.open({ server: door.url, random: () => 1, ...options }), door.accept()]);
}

/** Reads to the end in the background. */
function read(client: StreamClient): { readonly events: ClientEvent[]; readonly over: Promise<void> } {
  const events: ClientEvent[] = [];
  const over = (async () => {
    for await (const event of client.events()) events.push(event);
  })();
  return { events, over };
}

/** 16-bit samples that tell where they stand. */
const audio = (from: number, to: number): Buffer => {
  const bytes = Buffer.alloc((to - from) * 2);
  for (let sample = from; sample < to; sample++) bytes.writeInt16LE(sample, (sample - from) * 2);
  return bytes;
};

const progress = (sample: number) => ({
  ...{ type: 'progress', received_sample: sample, decoded_sample: sample, committed_sample: 0 },
  ...{ finals: 0, lag_seconds: 0 },
});
const closed = { type: 'closed', reason: 'end_of_audio', audio_seconds: 1, finals: 0 };
const finalize = { type: 'finalize', request_id: expect.any(String) };

describe('a session on a server', () => {
  it('is opened with the settings that it was asked for, and begins with `opened`', async () => {
    const [client, connection] = await open({ request: { language: 'en', silence_ms: 300 } });
    expect(connection.received[0]).toEqual({
      type: 'config',
      ...{ language: 'en', silence_ms: 300, encoding: 'linear16', sample_rate_hertz: 16_000, channel_count: 1 },
    });
    expect(client.sessionId).toBe('s-1');
    const { events, over } = read(client);
    connection.say(closed);
    await over;
    expect(events.map(({ type }) => type)).toEqual(['opened', 'closed']);
  });

  it('goes on where the server stands after a loss, while its writer goes on writing', async () => {
    const changes: unknown[] = [];
    const [client, first] = await open({ onConnection: (change) => changes.push(change) });
    const { over } = read(client);
    await client.write(audio(0, 1_000));
    await client.write(audio(1_000, 2_000));
    await first.takeAudio(4_000);
    first.say(progress(1_000));
    first.cut();
    await client.write(audio(2_000, 3_000));
    const second = await door.accept(1_500);
    await client.write(audio(3_000, 4_000));
    expect(second.received[0]).toMatchObject({ session_id: 's-1', resume: { token: 't-1', last_sequence: 0 } });
    expect(await second.takeAudio(5_000)).toEqual(audio(1_500, 4_000));
    client.end();
    expect(await second.take(1)).toEqual([{ type: 'end' }]);
    second.say(closed);
    await over;
    expect(changes).toEqual([
      { state: 'lost', attempt: 1 },
      { state: 'resumed', afterMs: expect.any(Number) },
    ]);
  });

  it('holds its writers back while the server lacks more than 40 s, and lets all of them go on', async () => {
    const [client, connection] = await open({ request: { encoding: 'mulaw', sample_rate_hertz: 8_000 } });
    let written = 0;
    const write = () => client.write(new Uint8Array(25 * 8_000)).then(() => written++);
    const writes = [write(), write(), write()];
    await connection.takeAudio(3 * 25 * 8_000);
    expect(written).toBe(1);
    connection.say(progress(2 * 25 * 16_000));
    await Promise.all(writes);
  });

  it('fails with the server’s own words when that ends it', async () => {
    const [client, connection] = await open();
    const { events, over } = read(client);
    connection.say({ type: 'error', code: 'idle_timeout', message: 'Too quiet.', recoverable: false });
    connection.cut();
    await over;
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'idle_timeout', message: 'Too quiet.' });
  });

  it('refuses what is no Verbatim server', async () => {
    const [client, connection] = await open();
    const { over } = read(client);
    connection.say({ type: 'final' });
    await expect(over).rejects.toThrow('not of the Verbatim protocol');
  });

  it('can be given up while it waits to connect again', async () => {
    let lose = () => {};
    const lost = new Promise<void>((resolve) => {
      lose = resolve;
    });
    const [client, connection] = await open({ onConnection: lose });
    const { over } = read(client);
    connection.cut();
    await lost;
    await client.abandon();
    await over;
  });

  it('ends with the reason of a signal that stops it from connecting again', async () => {
    const stop = new AbortController();
    const [client, connection] = await open({
      signal: stop.signal,
      onConnection: () => stop.abort(new Error('Enough.')),
    });
    const { over } = read(client);
    connection.cut();
    await expect(over).rejects.toThrow('Enough.');
  });
});

describe('a session that the server has forgotten', () => {
  const told = (sample: number, committed: number, finals: number) => ({
    ...progress(sample),
    ...{ committed_sample: committed, finals },
  });
  const final = (sequence: number, utterance: number, startMs: number) => ({
    ...{ type: 'final', sequence, utterance, text: `Text ${utterance}.`, confidence: 0.9, language: 'en' },
    ...{ start_ms: startMs, end_ms: startMs + 100, reason: 'silence' },
  });

  it('ends, unless another one is wanted in its place', async () => {
    const [client, first] = await open();
    const { over } = read(client);
    first.cut();
    await door.refuse('session_not_found');
    await expect(over).rejects.toThrow('session_not_found');
  });

  it('goes on as another one, which hears again what is not text yet and counts on', async () => {
    const changes: unknown[] = [];
    const [client, first] = await open({
      startOver: true,
      request: { language: 'en' },
      onConnection: ({ state }) => changes.push(state),
    });
    const { events, over } = read(client);
    for (let at = 0; at < 8_000; at += 1_000) await client.write(audio(at, at + 1_000));
    await first.takeAudio(16_000);
    first.say(final(1, 1, 100));
    first.say(told(7_000, 4_000, 1));
    // This one's final has not come: what it stands for is no text yet.
    first.say(told(8_000, 6_000, 2));
    await expect.poll(() => events.length).toBe(4);
    first.cut();
    await door.refuse('session_not_found');
    const second = await door.accept();
    expect(second.received[0]).toMatchObject({ type: 'config', language: 'en' });
    expect(second.received[0]).not.toHaveProperty('resume');
    expect(await second.takeAudio(8_000)).toEqual(audio(4_000, 8_000));
    second.say(final(1, 1, 250));
    second.say({ ...closed, audio_seconds: 0.25, finals: 1 });
    await over;
    expect(changes).toEqual(['lost', 'started_over']);
    expect(events.filter(({ type }) => type === 'final')).toMatchObject([
      { sequence: 1, utterance: 1, start: 1_600 },
      { sequence: 2, utterance: 2, start: 4_000 + 4_000 },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'closed', audioSeconds: 0.5, finals: 2 });
  });

  it('resumes the new one by its own counts, and starts over again if need be', async () => {
    const [client, first] = await open({ startOver: true });
    const { events, over } = read(client);
    await client.write(audio(0, 1_000));
    await first.takeAudio(2_000);
    first.say(final(1, 1, 0));
    first.say(told(1_000, 1_000, 1));
    await expect.poll(() => events.length).toBe(3);
    first.cut();
    await door.refuse('session_not_found');
    const second = await door.accept();
    await client.write(audio(1_000, 2_000));
    expect(await second.takeAudio(2_000)).toEqual(audio(1_000, 2_000));
    second.say(final(1, 1, 0));
    second.say(told(1_000, 1_000, 1));
    await expect.poll(() => events.length).toBe(5);
    second.cut();
    const third = await door.accept(1_000);
    expect(third.received[0]).toMatchObject({ resume: { last_sequence: 1 } });
    third.cut();
    await door.refuse('session_not_found');
    const fourth = await door.accept();
    await client.write(audio(2_000, 3_000));
    expect(await fourth.takeAudio(2_000)).toEqual(audio(2_000, 3_000));
    fourth.say(final(1, 1, 0));
    fourth.say(closed);
    await over;
    expect(events.flatMap((event) => (event.type === 'final' ? [[event.sequence, event.start]] : []))).toEqual([
      [1, 0],
      [2, 1_000],
      [3, 2_000],
    ]);
  });

  it('that a server shutdown cut short hears again what was cut, and shows no half of it', async () => {
    const [client, first] = await open({ startOver: true });
    const { events, over } = read(client);
    await client.write(audio(0, 1_000));
    await client.write(audio(1_000, 2_000));
    await first.takeAudio(4_000);
    first.say(final(1, 1, 0));
    first.say(told(2_000, 1_000, 1));
    first.say({ ...final(2, 2, 60), reason: 'end_of_audio' });
    first.say(told(2_000, 2_000, 2));
    first.say({ ...closed, reason: 'server_shutdown', audio_seconds: 2_000 / 16_000, finals: 2 });
    first.say({ type: 'error', code: 'unavailable', message: 'The server stops.', recoverable: false });
    first.close();
    const second = await door.accept();
    expect(await second.takeAudio(2_000)).toEqual(audio(1_000, 2_000));
    client.end();
    second.say(final(1, 1, 0));
    second.say(closed);
    await over;
    expect(events.flatMap((event) => (event.type === 'final' ? [[event.sequence, event.start]] : []))).toEqual([
      [1, 0],
      [2, 1_000],
    ]);
    expect(events.at(-1)?.type).toBe('closed');
  });

  it('that ends in another way before its audio does says all that it has', async () => {
    const [client, first] = await open({ startOver: true });
    const { events, over } = read(client);
    first.say({ ...final(1, 1, 0), reason: 'end_of_audio' });
    first.say({ ...closed, reason: 'idle', finals: 1 });
    await over;
    expect(events.map(({ type }) => type)).toEqual(['opened', 'final', 'closed']);
    await client.abandon();
  });
});

describe('a finalize', () => {
  it('travels behind the audio written before it, and is answered under its own name', async () => {
    const [client, connection] = await open();
    const { events, over } = read(client);
    await client.write(audio(0, 100));
    client.finalize('mine');
    await client.write(audio(100, 200));
    const [before, request, behind] = await connection.take(3);
    expect([before, request, behind]).toEqual([audio(0, 100), finalize, audio(100, 200)]);
    connection.say({ type: 'flushed', request_id: (request as { request_id: string }).request_id });
    connection.say(closed);
    await over;
    expect(events.slice(1, -1)).toEqual([{ type: 'flushed', requestId: 'mine' }]);
  });

  it('that nobody answered is asked again at its place after a resume, and counts once when both are answered', async () => {
    const [client, first] = await open();
    const { events, over } = read(client);
    await client.write(audio(0, 100));
    const id = client.finalize();
    await client.write(audio(100, 200));
    const [, asked] = await first.take(3);
    first.cut();
    const second = await door.accept(50);
    const [before, again, behind] = await second.take(3);
    expect([before, again, behind]).toEqual([audio(50, 100), finalize, audio(100, 200)]);
    expect(again).not.toEqual(asked);
    for (const request of [asked, again]) {
      second.say({ type: 'flushed', request_id: (request as { request_id: string }).request_id });
    }
    second.say(closed);
    await over;
    expect(events.filter(({ type }) => type === 'flushed')).toEqual([{ type: 'flushed', requestId: id }]);
  });

  it('whose audio the server has is asked again before any other audio', async () => {
    const [client, first] = await open();
    await client.write(audio(0, 100));
    client.finalize();
    await first.take(2);
    first.cut();
    await client.write(audio(100, 200));
    const second = await door.accept(100);
    expect(await second.take(2)).toEqual([finalize, audio(100, 200)]);
  });

  it('that was answered is not asked again', async () => {
    const [client, first] = await open();
    const { events } = read(client);
    client.finalize('once');
    const [request] = await first.take(1);
    first.say({ type: 'flushed', request_id: (request as { request_id: string }).request_id });
    await expect.poll(() => events.at(-1)).toEqual({ type: 'flushed', requestId: 'once' });
    first.cut();
    const second = await door.accept();
    await client.write(audio(0, 10));
    expect(await second.take(1)).toEqual([audio(0, 10)]);
  });

  it('is asked again after an end that was lost with audio before it', async () => {
    const [client, first] = await open();
    await client.write(audio(0, 100));
    client.finalize();
    client.end();
    await first.take(3);
    first.cut();
    const second = await door.accept(50);
    expect(await second.take(3)).toEqual([audio(50, 100), finalize, { type: 'end' }]);
  });

  it('is answered by the end of a session that takes no requests after its end', async () => {
    const [client, first] = await open();
    const { events, over } = read(client);
    client.finalize('last');
    client.end();
    await first.take(2);
    first.cut();
    const second = await door.accept();
    expect(await second.take(1)).toEqual([{ type: 'end' }]);
    second.say(closed);
    await over;
    expect(events.slice(1).map(({ type }) => type)).toEqual(['flushed', 'closed']);
  });
});
