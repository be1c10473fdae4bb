import { SttError } from '@verbatim/contracts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '../contract/bus-under-test.ts';
import { findNatsServer, type NatsServer, startNatsServer } from '../testing/nats-server.ts';
import { decodeAudio } from './audio-codec.ts';
import { AudioMirror } from './audio-mirror.ts';
import { AudioWriter, readTail } from './audio-writer.ts';
import { NatsLink } from './link.ts';
import { audioPlaceOf } from './names.ts';
import { settingsOf } from './options.ts';

const missing = findNatsServer() === null ? ' (skipped: nats-server is not installed)' : '';
const audio = (firstSample: number, count: number) =>
  ({ type: 'audio', firstSample, pcm16: Int16Array.from({ length: count }, (_, i) => firstSample + i) }) as const;
const mark = (at: number, index: number) =>
  ({ type: 'mark', at, index, id: `m${index}`, mark: { type: 'idle' } }) as const;

describe('a mirror of uncommitted audio', () => {
  const placesOf = (mirror: AudioMirror, head = 0, index = 0) =>
    [...mirror.after(head, index)].map((entry) =>
      entry.type === 'mark' ? entry.index : [entry.firstSample, entry.firstSample + entry.pcm16.length],
    );

  it('gives back what was added, in order, with short pieces joined and holes and marks kept', () => {
    const mirror = new AudioMirror(100_000);
    for (const entry of [audio(0, 10), audio(10, 10), mark(20, 1), audio(20, 5), audio(40, 5), mark(45, 2)])
      mirror.add(entry);
    expect(placesOf(mirror)).toEqual([[0, 20], 1, [20, 25], [40, 45], 2]);
  });

  it('leaves out what lies before a place', () => {
    const mirror = new AudioMirror(100_000);
    for (const entry of [audio(0, 10), mark(10, 1), audio(10, 10), mark(20, 2)]) mirror.add(entry);
    expect(placesOf(mirror, 15, 1)).toEqual([[15, 20], 2]);
    expect(placesOf(mirror, 20, 2)).toEqual([]);
  });

  it('keeps a second before the committed sample, and no more than the ring', () => {
    const mirror = new AudioMirror(40_000);
    for (let at = 0; at < 32_000; at += 1_600) mirror.add(audio(at, 1_600));
    mirror.committed(24_000);
    expect(placesOf(mirror)[0]).toEqual([8_000, 16_000]);
    for (let at = 32_000; at < 320_000; at += 1_600) mirror.add(audio(at, 1_600));
    expect(mirror.size).toBe(25);
    expect(placesOf(mirror)[0]).toEqual([280_000, 288_000]);
  });
});

describe.skipIf(missing !== '')(`a writer of audio${missing}`, () => {
  let server: NatsServer;
  let link: NatsLink;
  beforeAll(async () => {
    server = await startNatsServer();
    link = new NatsLink(settingsOf({ servers: [server.url], name: 'test' }));
    await link.ready;
  });
  afterAll(async () => {
    await link?.close();
    await server?.stop();
  });
  const open = () => {
    const place = audioPlaceOf(newId('s'));
    const startWriter = () => new AudioWriter(link, place, 720_000, Promise.resolve());
    const forget = (filter: string) => link.wire!.jsm.streams.purge(place.stream, { filter });
    return { place, startWriter, forget, tail: () => readTail(link.wire!, place) };
  };

  it('counts marks on where the last one is older than the log remembers, as long as there is audio', async () => {
    const { place, startWriter, forget, tail } = open();
    const first = startWriter();
    await first.mark({ type: 'idle' });
    await first.mark({ type: 'idle' });
    for (let at = 0; at < 48_000; at += 1_600) await first.append(at, new Int16Array(1_600));
    await forget(place.mark);
    expect(await tail()).toMatchObject({ head: 48_000, index: 2 });
    expect(await startWriter().mark({ type: 'end', reason: 'idle' })).toBe(3);
  });

  it('writes the count of answered marks again with the audio when the log lost its memory', async () => {
    const { place, startWriter, forget, tail } = open();
    const writer = startWriter();
    await writer.append(0, new Int16Array(1_600));
    for (let i = 0; i < 3; i++) await writer.mark({ type: 'idle' });
    await writer.append(1_600, new Int16Array(32_000));
    await writer.mark({ type: 'idle' });
    await writer.append(33_600, new Int16Array(1_600));
    writer.committed(1_600 + 16_000 + 1);
    await forget(place.all);
    const counts: (number | undefined)[] = [];
    link.wire!.nc.subscribe(place.pcm, { callback: (_, { data }) => void counts.push(decodeAudio(data)?.marks) });
    await writer.verify();
    await link.wire!.nc.flush();
    expect(counts.length).toBeGreaterThan(1);
    expect([counts[0], counts.at(-1)]).toEqual([3, 4]);
    await forget(place.mark);
    expect(await tail()).toMatchObject({ head: 35_200, index: 4 });
  });

  it('asks for its permit before every try, and finds a mark that was stored unacknowledged without asking', async () => {
    const { startWriter, tail } = open();
    const writer = startWriter();
    await writer.append(0, new Int16Array(1_600));
    const { nc } = link.wire!;
    const request = nc.request.bind(nc);
    const spy = vi.spyOn(nc, 'request');
    try {
      spy.mockImplementationOnce(() => Promise.reject(new Error('nothing was stored')));
      const answers = [true, false];
      const permit = async () => {
        if (answers.shift() !== true) throw new SttError('session_exists', 'resumed');
      };
      await expect(writer.mark({ type: 'idle' }, permit)).rejects.toMatchObject({ code: 'session_exists' });
      expect(answers).toEqual([]);
      expect(await tail()).toMatchObject({ index: 0 });
      await writer.head();
      answers.push(true, false);
      spy.mockImplementationOnce(async (...call) => {
        await request(...call);
        throw new Error('the acknowledgement was lost');
      });
      expect(await writer.mark({ type: 'idle' }, permit)).toBe(1);
      expect(answers).toEqual([false]);
    } finally {
      spy.mockRestore();
    }
  });

  it('renews its place, so that it outlives the audio in a log that forgets by age', async () => {
    const { place, startWriter, forget, tail } = open();
    const writer = startWriter();
    await writer.append(0, new Int16Array(1_600));
    await writer.mark({ type: 'idle' });
    await forget(place.all);
    await writer.renew(60_000);
    expect(await tail()).toMatchObject({ head: 0, index: 0 });
    await writer.renew(0);
    await forget(place.pcm);
    expect(await tail()).toMatchObject({ head: 1_600, index: 1 });
    const other = startWriter();
    expect(await other.mark({ type: 'end', reason: 'idle' })).toBe(2);
    await other.append(0, new Int16Array(1_601));
    expect(await tail()).toMatchObject({ head: 1_601, index: 2 });
  });
});
