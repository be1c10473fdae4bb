import { setTimeout as sleep } from 'node:timers/promises';
import { SAMPLE_RATE, type Samples, SttError } from '@verbatim/contracts';
import { describe, expect, it, vi } from 'vitest';
import type { AudioEntry, AudioLog, Mark } from '../ports.ts';
import { iterate, type MakeBus, newId, take, useBus } from './bus-under-test.ts';

/** What a reader saw, independent of how entries were cut: contiguous audio as one piece. */
type Seen =
  | { readonly from: Samples; readonly values: number[] }
  | { readonly mark: string; readonly at: Samples; readonly index: number };

const END: Mark = { type: 'end', reason: 'end_of_audio' };
const finalize = (requestId: string): Mark => ({ type: 'finalize', requestId });
const nameOf = (mark: Mark): string => (mark.type === 'finalize' ? mark.requestId : mark.type);

/** Samples whose values say where they lie. */
const ramp = (from: Samples, count: number): Int16Array =>
  Int16Array.from({ length: count }, (_, i) => (from + i) % 30_011);

const add = (seen: Seen[], entry: AudioEntry): void => {
  const last = seen.at(-1);
  if (entry.type === 'mark') seen.push({ mark: nameOf(entry.mark), at: entry.at, index: entry.index });
  else if (last !== undefined && 'values' in last && last.from + last.values.length === entry.firstSample)
    last.values.push(...entry.pcm16);
  else seen.push({ from: entry.firstSample, values: [...entry.pcm16] });
};

/** Reads up to and including the mark of this name. */
const readThrough = async (entries: AsyncIterable<AudioEntry>, name = 'end'): Promise<Seen[]> => {
  const seen: Seen[] = [];
  for await (const entry of entries) {
    add(seen, entry);
    if (entry.type === 'mark' && nameOf(entry.mark) === name) return seen;
  }
  throw new Error(`The reader ended before the mark "${name}".`);
};

const piece = (from: Samples, count: number): Seen => ({ from, values: [...ramp(from, count)] });
const fill = async (log: AudioLog, id: string, from: Samples, to: Samples): Promise<void> => {
  for (let at = from; at < to; at += 1_600) await log.append(id, at, ramp(at, Math.min(1_600, to - at)));
};

/** What every AudioLog does; run it against each adapter. */
export const audioLogContract = (makeBus: MakeBus): void => {
  describe('an audio log', () => {
    const fixture = useBus(makeBus);
    const live = () => new AbortController().signal;
    const open = () => ({ log: fixture.current.bus.audio, id: newId('audio') });

    it('gives back what was appended, in order and whole', async () => {
      const { log, id } = open();
      await fill(log, id, 0, 20_000);
      await log.mark(id, END);
      expect(await readThrough(log.read(id, 0, live()))).toEqual([
        piece(0, 20_000),
        { mark: 'end', at: 20_000, index: 1 },
      ]);
    });

    it('keeps its own copy: the caller may use its buffer again', async () => {
      const { log, id } = open();
      const buffer = ramp(0, 320);
      await log.append(id, 0, buffer);
      buffer.fill(-1);
      await log.mark(id, END);
      expect((await readThrough(log.read(id, 0, live())))[0]).toEqual(piece(0, 320));
    });

    it('ignores samples that it has already, whole chunks and parts of chunks', async () => {
      const { log, id } = open();
      await log.append(id, 0, ramp(0, 1_000));
      await log.append(id, 200, ramp(7, 300));
      await log.append(id, 900, Int16Array.of(...ramp(50, 100), ...ramp(1_000, 200)));
      await log.mark(id, END);
      expect(await log.head(id)).toBe(1_200);
      expect((await readThrough(log.read(id, 0, live())))[0]).toEqual(piece(0, 1_200));
    });

    it('shows a hole as a jump of firstSample', async () => {
      const { log, id } = open();
      await log.append(id, 0, ramp(0, 320));
      await log.append(id, 5_000, ramp(5_000, 320));
      await log.mark(id, END);
      expect(await log.head(id)).toBe(5_320);
      const seen = await readThrough(log.read(id, 0, live()));
      expect(seen.slice(0, 2)).toEqual([piece(0, 320), piece(5_000, 320)]);
      const fromInsideTheHole = await readThrough(log.read(id, 1_000, live()));
      expect(fromInsideTheHole[0]).toEqual(piece(5_000, 320));
    });

    it('trims the first entry to the sample asked for', async () => {
      const { log, id } = open();
      await fill(log, id, 0, 4_000);
      await log.mark(id, END);
      expect((await readThrough(log.read(id, 1_234, live())))[0]).toEqual(piece(1_234, 2_766));
    });

    it('knows the head, 0 for a session without audio', async () => {
      const { log, id } = open();
      expect(await log.head(id)).toBe(0);
      await log.append(id, 0, new Int16Array(0));
      expect(await log.head(id)).toBe(0);
      await log.append(id, 0, ramp(0, 777));
      expect(await log.head(id)).toBe(777);
    });

    it('holds the ring, lets go of what is older, and starts a late reader at the oldest sample held', async () => {
      const { log, id } = open();
      const ring = fixture.current.ringSeconds * SAMPLE_RATE;
      await fill(log, id, 0, 8 * ring);
      await log.mark(id, END);
      const [audio] = await readThrough(log.read(id, 0, live()));
      const from = audio !== undefined && 'from' in audio ? audio.from : Number.NaN;
      expect(from).toBeLessThanOrEqual(7 * ring);
      expect(from).toBeGreaterThan(2 * ring);
      expect(audio).toEqual(piece(from, 8 * ring - from));
    });

    it('makes a reader that fell behind the ring jump to the oldest sample held', async () => {
      const { log, id } = open();
      const ring = fixture.current.ringSeconds * SAMPLE_RATE;
      await log.append(id, 0, ramp(0, 1_600));
      const reader = iterate(log.read(id, 0, live()));
      const [first] = await take(reader, 1);
      expect(first).toMatchObject({ type: 'audio', firstSample: 0 });
      await fill(log, id, 1_600, 8 * ring);
      await log.mark(id, END);
      const rest = await readThrough({ [Symbol.asyncIterator]: () => reader });
      const last = rest.at(-2);
      const from = last !== undefined && 'from' in last ? last.from : Number.NaN;
      expect(from).toBeGreaterThan(ring);
      expect(last).toEqual(piece(from, 8 * ring - from));
    });

    it('gives marks at their place in the audio, counted from 1', async () => {
      const { log, id } = open();
      await log.mark(id, finalize('first'));
      await log.append(id, 0, ramp(0, 500));
      await log.mark(id, finalize('a'));
      await log.mark(id, finalize('b'));
      await log.append(id, 500, ramp(500, 300));
      await log.mark(id, END);
      expect(await readThrough(log.read(id, 0, live()))).toEqual([
        { mark: 'first', at: 0, index: 1 },
        piece(0, 500),
        { mark: 'a', at: 500, index: 2 },
        { mark: 'b', at: 500, index: 3 },
        piece(500, 300),
        { mark: 'end', at: 800, index: 4 },
      ]);
    });

    it('carries what a mark says', async () => {
      const { log, id } = open();
      const marks: Mark[] = [finalize('Käse "1"'), { type: 'idle' }, { type: 'end', reason: 'idle' }];
      for (const mark of marks) await log.mark(id, mark);
      const entries = await take(iterate(log.read(id, 0, live())), marks.length);
      expect(entries).toEqual(marks.map((mark, i) => ({ type: 'mark', at: 0, index: i + 1, mark })));
    });

    it('tells who sets a mark its index', async () => {
      const { log, id } = open();
      expect(await log.mark(id, finalize('a'))).toBe(1);
      await log.append(id, 0, ramp(0, 100));
      expect(await Promise.all([log.mark(id, { type: 'idle' }), log.mark(id, finalize('b'))])).toEqual([2, 3]);
      const other = newId('other');
      expect(await log.mark(other, END)).toBe(1);
    });

    it('keeps what is committed and what its writer has released, and goes on where the writer was', async () => {
      const { log, id } = open();
      await fill(log, id, 0, 3_200);
      await log.mark(id, finalize('a'));
      log.committed(id, 3_200);
      log.release(id);
      expect(await log.head(id)).toBe(3_200);
      expect(await log.mark(id, END)).toBe(2);
      expect(await readThrough(log.read(id, 0, live()))).toEqual([
        piece(0, 3_200),
        { mark: 'a', at: 3_200, index: 1 },
        { mark: 'end', at: 3_200, index: 2 },
      ]);
    });

    it('writes a mark that is permitted, at its place among calls made without waiting', async () => {
      const { log, id } = open();
      let give: ((permitted: boolean) => void) | null = null;
      const permit = () => new Promise<boolean>((resolve) => (give = resolve));
      const buffer = ramp(100, 50);
      const mark = log.mark(id, finalize('a'), permit);
      const later = [log.append(id, 0, buffer), log.mark(id, END)];
      buffer.fill(-1);
      const permitted = await vi.waitUntil(() => give);
      await sleep(20);
      permitted(true);
      expect(await mark).toBe(1);
      expect(await Promise.all(later)).toEqual([undefined, 2]);
      expect(await readThrough(log.read(id, 0, live()))).toEqual([
        { mark: 'a', at: 0, index: 1 },
        { from: 0, values: [...ramp(100, 50)] },
        { mark: 'end', at: 50, index: 2 },
      ]);
    });

    it('writes nothing where a mark is not permitted, and goes on', async () => {
      const { log, id } = open();
      await log.append(id, 0, ramp(0, 100));
      const refused = log.mark(id, finalize('late'), async () => false);
      const error = { code: 'session_exists', message: `Session ${id} was resumed by another connection.` };
      await expect(refused).rejects.toMatchObject(error);
      expect(await log.mark(id, END, async () => true)).toBe(1);
      expect(await readThrough(log.read(id, 0, live()))).toEqual([piece(0, 100), { mark: 'end', at: 100, index: 1 }]);
    });

    it('passes on why a mark could not be permitted', async () => {
      const { log, id } = open();
      const away = new SttError('unavailable', 'The store is away.');
      await expect(log.mark(id, END, () => Promise.reject(away))).rejects.toBe(away);
      expect(await log.mark(id, END)).toBe(1);
    });

    it('takes calls made without waiting in their order', async () => {
      const { log, id } = open();
      const calls = [log.append(id, 0, ramp(0, 100)), log.mark(id, finalize('a')), log.append(id, 100, ramp(100, 50))];
      await Promise.all([...calls, log.mark(id, END)]);
      expect(await readThrough(log.read(id, 0, live()))).toEqual([
        piece(0, 100),
        { mark: 'a', at: 100, index: 1 },
        piece(100, 50),
        { mark: 'end', at: 150, index: 2 },
      ]);
    });

    it('replays from a cursor the marks at the cursor and later, not the earlier ones', async () => {
      const { log, id } = open();
      await log.append(id, 0, ramp(0, 500));
      await log.mark(id, finalize('before'));
      await log.append(id, 500, ramp(500, 500));
      await log.mark(id, finalize('at'));
      await log.append(id, 1_000, ramp(1_000, 500));
      await log.mark(id, END);
      expect(await readThrough(log.read(id, 1_000, live()))).toEqual([
        { mark: 'at', at: 1_000, index: 2 },
        piece(1_000, 500),
        { mark: 'end', at: 1_500, index: 3 },
      ]);
    });

    it('never evicts marks', async () => {
      const { log, id } = open();
      const ring = fixture.current.ringSeconds * SAMPLE_RATE;
      await fill(log, id, 0, 1_600);
      await log.mark(id, finalize('old'));
      await fill(log, id, 1_600, 8 * ring);
      await log.mark(id, END);
      const seen = await readThrough(log.read(id, 0, live()));
      expect(seen[0]).toEqual({ mark: 'old', at: 1_600, index: 1 });
      expect(seen.at(-1)).toEqual({ mark: 'end', at: 8 * ring, index: 2 });
    });

    it('feeds readers that wait, each at its own place and pace', async () => {
      const { log, id } = open();
      const early = readThrough(log.read(id, 0, live()));
      const alsoEarly = readThrough(log.read(id, 100, live()));
      await fill(log, id, 0, 3_200);
      const late = readThrough(log.read(id, 3_000, live()));
      await fill(log, id, 3_200, 6_400);
      await log.mark(id, END);
      const end: Seen = { mark: 'end', at: 6_400, index: 1 };
      expect(await early).toEqual([piece(0, 6_400), end]);
      expect(await alsoEarly).toEqual([piece(100, 6_300), end]);
      expect(await late).toEqual([piece(3_000, 3_400), end]);
    });

    it('keeps sessions apart', async () => {
      const { log, id } = open();
      const other = newId('other');
      await log.append(id, 0, ramp(0, 100));
      await log.append(other, 0, ramp(9_000, 50));
      await log.mark(other, finalize('other'));
      await log.mark(id, END);
      expect(await readThrough(log.read(id, 0, live()))).toEqual([piece(0, 100), { mark: 'end', at: 100, index: 1 }]);
      await log.erase(other);
      expect(await log.head(id)).toBe(100);
    });

    it('ends a waiting reader when its signal aborts, and no other one', async () => {
      const { log, id } = open();
      const stop = new AbortController();
      await log.append(id, 0, ramp(0, 100));
      const stopped = iterate(log.read(id, 0, stop.signal));
      const other = readThrough(log.read(id, 0, live()));
      await take(stopped, 1);
      const waiting = stopped.next();
      stop.abort();
      expect(await waiting).toMatchObject({ done: true });
      expect(await iterate(log.read(id, 0, stop.signal)).next()).toMatchObject({ done: true });
      await log.mark(id, END);
      expect(await other).toHaveLength(2);
    });

    it('forgets an erased session at once and ends its readers', async () => {
      const { log, id } = open();
      await log.append(id, 0, ramp(0, 100));
      const reader = iterate(log.read(id, 0, live()));
      await take(reader, 1);
      const waiting = reader.next();
      await log.erase(id);
      expect(await waiting).toMatchObject({ done: true });
      expect(await log.head(id)).toBe(0);
      await log.append(id, 0, ramp(5, 10));
      await log.mark(id, END);
      expect(await readThrough(log.read(id, 0, live()))).toEqual([
        { from: 0, values: [...ramp(5, 10)] },
        { mark: 'end', at: 10, index: 1 },
      ]);
    });

    it('ignores erasing a session that it does not know', async () => {
      const { log, id } = open();
      await expect(log.erase(id)).resolves.toBeUndefined();
    });

    it.each([-1, 0.5, Number.NaN])('rejects audio that starts at sample %d', async (firstSample) => {
      const { log, id } = open();
      await expect(log.append(id, firstSample, ramp(0, 10))).rejects.toThrow(`sample ${firstSample}`);
      expect(await log.head(id)).toBe(0);
    });
  });
};
