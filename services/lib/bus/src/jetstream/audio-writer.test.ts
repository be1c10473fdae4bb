import { describe, expect, it } from 'vitest';
import { newId } from '../contract/bus-under-test.ts';
import { findNatsServer, startNatsServer } from '../testing/nats-server.ts';
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
  it('renews its place, so that it outlives the audio in a log that forgets by age', async () => {
    const server = await startNatsServer();
    const link = new NatsLink(settingsOf({ servers: [server.url], name: 'test' }));
    try {
      await link.ready;
      const wire = link.wire!;
      const place = audioPlaceOf(newId('s'));
      const writer = new AudioWriter(link, place, 720_000, Promise.resolve());
      await writer.append(0, new Int16Array(1_600));
      await writer.mark({ type: 'idle' });
      await wire.jsm.streams.purge(place.stream, { filter: place.all });
      await writer.renew(60_000);
      expect(await readTail(wire, place)).toMatchObject({ head: 0, index: 0 });
      await writer.renew(0);
      await wire.jsm.streams.purge(place.stream, { filter: place.pcm });
      expect(await readTail(wire, place)).toMatchObject({ head: 1_600, index: 1 });
      const other = new AudioWriter(link, place, 720_000, Promise.resolve());
      expect(await other.mark({ type: 'end', reason: 'idle' })).toBe(2);
      await other.append(0, new Int16Array(1_601));
      expect(await readTail(wire, place)).toMatchObject({ head: 1_601, index: 2 });
    } finally {
      await link.close();
      await server.stop();
    }
  });
});
