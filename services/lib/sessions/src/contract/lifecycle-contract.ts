import { describe, expect, it } from 'vitest';
import type { SessionRecord } from '../ports.ts';
import { finalOf, newId, type StoreFixture, specOf, state } from './store-under-test.ts';

/** How sessions begin, end and are forgotten. */
export const lifecycleContract = ({ open, openClaimed, passTtls, underTest }: StoreFixture): void => {
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
        door: null,
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

  describe('attaching', () => {
    it('notes the door that opens the session, if it says its name', async () => {
      const { store } = underTest();
      const spec = specOf(newId('s'), newId('tenant'));
      await store.open(spec, 'hash', 'door-1');
      expect(await store.get(spec.sessionId)).toMatchObject({ door: 'door-1', resumeTokenHash: 'hash' });
    });

    it('puts another door in its place and leaves the rest as it is', async () => {
      const { store, id, epoch } = await openClaimed();
      await store.commit(id, epoch, { final: finalOf(1), cursor: 100, state: state(1) });
      const before = await store.get(id);
      await store.attach(id, 'door-1');
      await store.attach(id, 'door-2');
      expect(await store.get(id)).toEqual({ ...before, door: 'door-2', updatedAt: expect.any(Number) });
      expect(await store.commit(id, epoch, { final: finalOf(2), cursor: 200, state: state(2) })).toBe('ok');
    });

    it('replaces the resume token only when there is a new one', async () => {
      const { store, id } = await open();
      await store.attach(id, 'door-1', 'new hash');
      await store.attach(id, 'door-2');
      expect(await store.get(id)).toMatchObject({ door: 'door-2', resumeTokenHash: 'new hash' });
    });

    it('rejects a session that is unknown or erased', async () => {
      const { store, id } = await open();
      await expect(store.attach(newId('unknown'), 'door')).rejects.toMatchObject({ code: 'session_not_found' });
      await store.erase(id);
      await expect(store.attach(id, 'door')).rejects.toMatchObject({ code: 'session_not_found' });
      expect(await store.get(id)).toBeNull();
    });

    it('keeps a closed session closed', async () => {
      const { store, id } = await open();
      await store.close(id, 'idle');
      await store.attach(id, 'door-2', 'new hash');
      expect(await store.get(id)).toMatchObject({ status: 'closed', closeReason: 'idle', door: 'door-2' });
      expect(await store.claim(id, 'a')).toBeNull();
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
      await store.vouch(id, 1);
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

    it('is renewed by claims, commits, touches, attaching and closing', async () => {
      const { store, id } = await open();
      await passTtls(0.6);
      await store.claim(id, 'a');
      await passTtls(0.6);
      await store.commit(id, 1, { final: finalOf(1), cursor: 100, state: state(1) });
      await passTtls(0.6);
      await store.touch(id);
      await passTtls(0.6);
      await store.attach(id, 'door-2');
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

    it('is not renewed by attaching to a closed session', async () => {
      const { store, id } = await open();
      await store.close(id, 'idle');
      const closed = await store.get(id);
      await passTtls(0.6);
      await store.attach(id, 'door-2');
      expect((await store.get(id))?.updatedAt).toBe(closed?.updatedAt);
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
};
