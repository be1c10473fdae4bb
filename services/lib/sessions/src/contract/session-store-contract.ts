import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Final, SessionSpec } from '@verbatim/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionRecord, SessionStore } from '../ports.ts';

/** A store and what the suite must know of its settings. */
export interface StoreUnderTest {
  readonly store: SessionStore;
  /** Keep it short where time is real: the suite lets it pass a few times. */
  readonly ttlSeconds: number;
  /** Lets time pass for the store. Without it the suite waits for real time to pass. */
  readonly advance?: (ms: number) => Promise<void>;
  dispose(): Promise<void>;
}

const newId = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;

const specOf = (sessionId: string, tenant: string): SessionSpec => ({
  sessionId,
  tenant,
  kind: 'live',
  model: 'moonshine-tiny',
  encoding: 'mulaw',
  sampleRateHertz: 8_000,
  channelCount: 2,
  language: null,
  partialResults: true,
  silenceMs: 500,
  maxUtteranceMs: 15_000,
  prompt: 'naïve „Zürich“ 東京',
  overflow: 'drop_oldest',
});

const finalOf = (sequence: number): Final => ({
  type: 'final',
  sequence,
  utterance: sequence,
  text: `Sentence ${sequence}: naïve „Zürich“ 東京 😀`,
  words: [{ text: 'Sentence', start: sequence, end: sequence + 1, confidence: 0.75 }],
  confidence: 0.5,
  start: sequence * 100,
  end: sequence * 100 + 50,
  language: 'en',
  reason: 'silence',
});

const state = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

/** What every SessionStore does; run it against each adapter. */
export const sessionStoreContract = (makeStore: () => Promise<StoreUnderTest>): void => {
  describe('a session store', () => {
    let current: StoreUnderTest | null = null;
    beforeEach(async () => {
      current = await makeStore();
    });
    afterEach(async () => {
      await current?.dispose();
      current = null;
    });

    const underTest = (): StoreUnderTest => {
      if (current === null) throw new Error('There is a store only inside a test.');
      return current;
    };
    const passTtls = async (count: number): Promise<void> => {
      const { ttlSeconds, advance = sleep } = underTest();
      await advance(count * ttlSeconds * 1_000);
    };
    const open = async (tenant = newId('tenant')) => {
      const { store } = underTest();
      const spec = specOf(newId('s'), tenant);
      await store.open(spec, 'hash');
      return { store, spec, id: spec.sessionId };
    };
    const openClaimed = async () => {
      const session = await open();
      const grant = await session.store.claim(session.id, 'a');
      return { ...session, epoch: grant?.epoch ?? Number.NaN };
    };

    describe('opening', () => {
      it('remembers a new session whole, with nothing committed', async () => {
        const { store, spec, id } = await open();
        const record = await store.get(id);
        expect(record).toEqual({
          spec,
          resumeTokenHash: 'hash',
          status: 'open',
          owner: null,
          epoch: 0,
          cursor: 0,
          nextSequence: 1,
          openedAt: expect.any(Number),
          updatedAt: record?.openedAt,
          closeReason: null,
        } satisfies Record<keyof SessionRecord, unknown>);
        expect(record?.openedAt).toBeGreaterThan(Date.UTC(2020, 0, 1));
        expect(await store.finals(id, 0)).toEqual([]);
      });

      it('rejects an id that is in use, by this tenant or another one, open or closed, and changes nothing', async () => {
        const { store, spec, id } = await open();
        await expect(store.open(spec, 'other')).rejects.toMatchObject({ code: 'session_exists' });
        await expect(store.open(specOf(id, newId('tenant')), 'x')).rejects.toMatchObject({ code: 'session_exists' });
        await store.close(id, 'idle');
        await expect(store.open(spec, 'other')).rejects.toMatchObject({ code: 'session_exists' });
        expect(await store.get(id)).toMatchObject({ spec, resumeTokenHash: 'hash', closeReason: 'idle' });
      });

      it('lets one of many win who open the same id at once', async () => {
        const { store } = underTest();
        const spec = specOf(newId('s'), newId('tenant'));
        const attempts = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => store.open(spec, `hash-${i}`)));
        expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const winner = attempts.findIndex(({ status }) => status === 'fulfilled');
        expect((await store.get(spec.sessionId))?.resumeTokenHash).toBe(`hash-${winner}`);
      });
    });

    describe('claiming', () => {
      it('grants the first owner a start from nothing', async () => {
        const { store, id } = await open();
        expect(await store.claim(id, 'a')).toEqual({ epoch: 1, cursor: 0, nextSequence: 1, state: null });
        expect(await store.get(id)).toMatchObject({ owner: 'a', epoch: 1 });
      });

      it('grants the next owner exactly what was committed last', async () => {
        const { store, id, epoch } = await openClaimed();
        await store.commit(id, epoch, { final: finalOf(1), cursor: 150, state: state(1) });
        await store.commit(id, epoch, { cursor: 900, state: state(0, 255, 13, 10, 128) });
        expect(await store.claim(id, 'b')).toEqual({
          epoch: 2,
          cursor: 900,
          nextSequence: 2,
          state: state(0, 255, 13, 10, 128),
        });
        expect(await store.get(id)).toMatchObject({ owner: 'b', epoch: 2, cursor: 900, nextSequence: 2 });
      });

      it('gives each of many concurrent claims an epoch of its own', async () => {
        const { store, id } = await open();
        const grants = await Promise.all(Array.from({ length: 20 }, (_, i) => store.claim(id, `owner-${i}`)));
        const epochs = grants.map((grant) => grant?.epoch ?? 0);
        expect(epochs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
        expect((await store.get(id))?.owner).toBe(`owner-${epochs.indexOf(20)}`);
      });

      it('rejects an unknown session and gives null for a closed one', async () => {
        const { store, id } = await open();
        await expect(store.claim(newId('unknown'), 'a')).rejects.toMatchObject({ code: 'session_not_found' });
        await store.close(id, 'idle');
        expect(await store.claim(id, 'a')).toBeNull();
        expect((await store.get(id))?.epoch).toBe(0);
      });
    });

    describe('committing', () => {
      it('writes final, cursor and state, and gives finals back whole and in order', async () => {
        const { store, id, epoch } = await openClaimed();
        for (const n of [1, 2, 3]) {
          expect(await store.commit(id, epoch, { final: finalOf(n), cursor: n * 160, state: state(n) })).toBe('ok');
        }
        expect(await store.get(id)).toMatchObject({ cursor: 480, nextSequence: 4 });
        expect(await store.finals(id, 0)).toEqual([finalOf(1), finalOf(2), finalOf(3)]);
        expect(await store.finals(id, 1)).toEqual([finalOf(2), finalOf(3)]);
        expect(await store.finals(id, 3)).toEqual([]);
        expect(await store.finals(id, 99)).toEqual([]);
      });

      it('keeps the order of more than nine finals', async () => {
        const { store, id, epoch } = await openClaimed();
        const finals = Array.from({ length: 12 }, (_, i) => finalOf(i + 1));
        for (const final of finals) await store.commit(id, epoch, { final, cursor: final.end, state: state(1) });
        expect(await store.finals(id, 0)).toEqual(finals);
        expect((await store.finals(id, 8)).map(({ sequence }) => sequence)).toEqual([9, 10, 11, 12]);
      });

      it('moves the cursor over silence without a final', async () => {
        const { store, id, epoch } = await openClaimed();
        expect(await store.commit(id, epoch, { cursor: 512, state: state(7) })).toBe('ok');
        expect(await store.get(id)).toMatchObject({ cursor: 512, nextSequence: 1 });
        expect(await store.finals(id, 0)).toEqual([]);
      });

      it('accepts a final that leaves the cursor where it is', async () => {
        const { store, id, epoch } = await openClaimed();
        await store.commit(id, epoch, { cursor: 512, state: state(7) });
        expect(await store.commit(id, epoch, { final: finalOf(1), cursor: 512, state: state(8) })).toBe('ok');
        expect(await store.finals(id, 0)).toHaveLength(1);
      });

      it('fences every older epoch, and one never granted, without writing anything', async () => {
        const { store, id, epoch } = await openClaimed();
        await store.commit(id, epoch, { final: finalOf(1), cursor: 100, state: state(1) });
        const next = await store.claim(id, 'b');
        const step = { final: finalOf(2), cursor: 200, state: state(2) };
        expect(await store.commit(id, epoch, step)).toBe('fenced');
        expect(await store.commit(id, 0, step)).toBe('fenced');
        expect(await store.commit(id, 3, step)).toBe('fenced');
        expect(await store.get(id)).toMatchObject({ cursor: 100, nextSequence: 2, epoch: 2 });
        expect(await store.finals(id, 0)).toEqual([finalOf(1)]);
        expect(next).toMatchObject({ state: state(1) });
        expect(await store.commit(id, 2, step)).toBe('ok');
      });

      it('rejects a final out of sequence, as a hole or a second time, without writing anything', async () => {
        const { store, id, epoch } = await openClaimed();
        await store.commit(id, epoch, { final: finalOf(1), cursor: 100, state: state(1) });
        for (const sequence of [0, 1, 3]) {
          const step = { final: finalOf(sequence), cursor: 200, state: state(2) };
          await expect(store.commit(id, epoch, step)).rejects.toThrow('needs final 2');
        }
        expect(await store.finals(id, 0)).toEqual([finalOf(1)]);
        expect(await store.claim(id, 'b')).toEqual({ epoch: 2, cursor: 100, nextSequence: 2, state: state(1) });
      });

      it('rejects a cursor that would move back, without writing anything', async () => {
        const { store, id, epoch } = await openClaimed();
        await store.commit(id, epoch, { cursor: 100, state: state(1) });
        await expect(store.commit(id, epoch, { final: finalOf(1), cursor: 99, state: state(2) })).rejects.toThrow('99');
        expect(await store.finals(id, 0)).toEqual([]);
        expect(await store.claim(id, 'b')).toEqual({ epoch: 2, cursor: 100, nextSequence: 1, state: state(1) });
      });

      it('lets one of many win who commit the same final at once', async () => {
        const { store, id, epoch } = await openClaimed();
        const attempts = Array.from({ length: 10 }, (_, i) =>
          store.commit(id, epoch, { final: { ...finalOf(1), text: `try ${i}` }, cursor: 10, state: state(i) }),
        );
        const results = await Promise.allSettled(attempts);
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const winner = results.findIndex(({ status }) => status === 'fulfilled');
        expect((await store.finals(id, 0)).map(({ text }) => text)).toEqual([`try ${winner}`]);
      });

      it('writes each final once, whole, while claims race with commits', async () => {
        const { store, id } = await open();
        const workUntil = async (owner: string, last: number): Promise<void> => {
          for (let grant = await store.claim(id, owner); grant !== null && grant.nextSequence <= last; ) {
            const final = { ...finalOf(grant.nextSequence), text: `${owner} in epoch ${grant.epoch}` };
            const result = await store.commit(id, grant.epoch, { final, cursor: final.end, state: state(grant.epoch) });
            const next: number = grant.nextSequence + 1;
            grant = result === 'ok' && next % 7 !== 0 ? { ...grant, nextSequence: next } : await store.claim(id, owner);
          }
        };
        await Promise.all(['a', 'b', 'c'].map((owner) => workUntil(owner, 40)));
        const finals = await store.finals(id, 0);
        expect(finals.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
        expect(await store.get(id)).toMatchObject({ nextSequence: 41, cursor: finalOf(40).end });
        const epochs = finals.map(({ text }) => Number(text.split(' ').at(-1)));
        expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
      });

      it('keeps its own copy of the state', async () => {
        const { store, id, epoch } = await openClaimed();
        const buffer = state(1, 2, 3);
        await store.commit(id, epoch, { cursor: 1, state: buffer });
        buffer.fill(0);
        (await store.claim(id, 'b'))?.state?.fill(9);
        expect((await store.claim(id, 'c'))?.state).toEqual(state(1, 2, 3));
      });
    });

    describe('closing and erasing', () => {
      it('keeps the text of a closed session, takes no commit, and keeps the first reason', async () => {
        const { store, id, epoch } = await openClaimed();
        await store.commit(id, epoch, { final: finalOf(1), cursor: 100, state: state(1) });
        await store.close(id, 'end_of_audio');
        await store.close(id, 'failed');
        expect(await store.commit(id, epoch, { final: finalOf(2), cursor: 200, state: state(2) })).toBe('fenced');
        expect(await store.get(id)).toMatchObject({
          status: 'closed',
          owner: null,
          closeReason: 'end_of_audio',
          cursor: 100,
        });
        expect(await store.finals(id, 0)).toEqual([finalOf(1)]);
      });

      it('forgets an erased session and its text at once; a late commit brings nothing back', async () => {
        const { store, spec, id, epoch } = await openClaimed();
        await store.commit(id, epoch, { final: finalOf(1), cursor: 100, state: state(1) });
        await store.erase(id);
        expect(await store.commit(id, epoch, { final: finalOf(2), cursor: 200, state: state(2) })).toBe('fenced');
        expect(await store.get(id)).toBeNull();
        expect(await store.finals(id, 0)).toEqual([]);
        expect(await store.list(spec.tenant, { limit: 10, after: null })).toEqual({ sessions: [], next: null });
        await store.open(spec, 'again');
        expect(await store.get(id)).toMatchObject({ resumeTokenHash: 'again', epoch: 0, cursor: 0, nextSequence: 1 });
        expect(await store.finals(id, 0)).toEqual([]);
      });

      it('ignores ids that it does not know', async () => {
        const { store } = underTest();
        const id = newId('unknown');
        expect(await store.get(id)).toBeNull();
        expect(await store.finals(id, 0)).toEqual([]);
        await store.touch(id);
        await store.close(id, 'idle');
        await store.erase(id);
        expect(await store.commit(id, 1, { cursor: 1, state: state() })).toBe('fenced');
        expect(await store.get(id)).toBeNull();
      });
    });

    describe('time to live', () => {
      it('forgets a session and its text after its time without activity', async () => {
        const { store, spec, id, epoch } = await openClaimed();
        await store.commit(id, epoch, { final: finalOf(1), cursor: 100, state: state(1) });
        await passTtls(1.2);
        expect(await store.get(id)).toBeNull();
        expect(await store.finals(id, 0)).toEqual([]);
        expect(await store.list(spec.tenant, { limit: 10, after: null })).toEqual({ sessions: [], next: null });
        await expect(store.claim(id, 'b')).rejects.toMatchObject({ code: 'session_not_found' });
        expect(await store.commit(id, epoch, { cursor: 200, state: state(1) })).toBe('fenced');
        await expect(store.open(spec, 'again')).resolves.toBeUndefined();
      });

      it('is renewed by claims, commits, touches and closing', async () => {
        const { store, id } = await open();
        await passTtls(0.6);
        await store.claim(id, 'a');
        await passTtls(0.6);
        await store.commit(id, 1, { final: finalOf(1), cursor: 100, state: state(1) });
        await passTtls(0.6);
        await store.touch(id);
        await passTtls(0.6);
        await store.close(id, 'idle');
        await passTtls(0.6);
        expect(await store.finals(id, 0)).toEqual([finalOf(1)]);
      });

      it('is not renewed by reading', async () => {
        const { store, spec, id } = await open();
        await passTtls(0.6);
        await store.get(id);
        await store.finals(id, 0);
        await store.list(spec.tenant, { limit: 10, after: null });
        await passTtls(0.6);
        expect(await store.get(id)).toBeNull();
      });

      it('shows the time of the last activity', async () => {
        const { store, id } = await open();
        await passTtls(0.5);
        await store.touch(id);
        const record = await store.get(id);
        expect(record?.updatedAt).toBeGreaterThan(record?.openedAt ?? Number.NaN);
      });
    });

    describe('listing', () => {
      const pages = async (tenant: string, limit: number): Promise<string[][]> => {
        const { store } = underTest();
        const found: string[][] = [];
        for (let after: string | null = null, more = true; more; ) {
          const page = await store.list(tenant, { limit, after });
          found.push(page.sessions.map(({ spec }) => spec.sessionId));
          after = page.next;
          more = after !== null;
        }
        return found;
      };

      it('pages through all sessions of a tenant, open and closed, newest first, each once', async () => {
        const tenant = newId('tenant');
        const ids: string[] = [];
        for (let i = 0; i < 7; i++) ids.unshift((await open(tenant)).id);
        await underTest().store.close(ids[2]!, 'idle');
        expect(await pages(tenant, 3)).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
        expect(await pages(tenant, 7)).toEqual([ids]);
        expect(await pages(tenant, 100)).toEqual([ids]);
      });

      it('goes on where it was when sessions come, change and go between the pages', async () => {
        const tenant = newId('tenant');
        const ids: string[] = [];
        for (let i = 0; i < 6; i++) ids.unshift((await open(tenant)).id);
        const { store } = underTest();
        const first = await store.list(tenant, { limit: 2, after: null });
        await open(tenant);
        await store.erase(ids[1]!);
        await store.touch(ids[5]!);
        const second = await store.list(tenant, { limit: 10, after: first.next });
        expect(second.sessions.map(({ spec }) => spec.sessionId)).toEqual(ids.slice(2));
        expect(second.next).toBeNull();
      });

      it("shows a tenant no other tenant's sessions", async () => {
        const { id, spec } = await open();
        const other = await open();
        expect(await pages(spec.tenant, 10)).toEqual([[id]]);
        expect(await pages(other.spec.tenant, 10)).toEqual([[other.id]]);
        expect(await pages(newId('nobody'), 10)).toEqual([[]]);
      });

      it('gives the same records as get', async () => {
        const { store, id, spec } = await open();
        await store.claim(id, 'a');
        expect((await store.list(spec.tenant, { limit: 1, after: null })).sessions).toEqual([await store.get(id)]);
      });

      it('rejects a page size below 1 and a token that it never gave', async () => {
        const { store, spec } = await open();
        const list = (limit: number, after: string | null) => store.list(spec.tenant, { limit, after });
        await expect(list(0, null)).rejects.toMatchObject({ code: 'invalid_argument', field: 'limit' });
        await expect(list(Number.NaN, null)).rejects.toMatchObject({ code: 'invalid_argument', field: 'limit' });
        await expect(list(5, 'no such page')).rejects.toMatchObject({ code: 'invalid_argument', field: 'after' });
      });
    });
  });
};
