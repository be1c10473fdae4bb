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
