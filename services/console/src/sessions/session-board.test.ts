import { type AdminSession, ApiError, ClientError } from '@verbatim/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionBoard } from './session-board.ts';
import { FakeAdminApi, finalOf, sessionOf } from './testing/fakes.ts';

let api: FakeAdminApi;
let keys: (string | undefined)[];
let board: SessionBoard;
let away: AbortController;

beforeEach(() => {
  vi.useFakeTimers();
  api = new FakeAdminApi();
  keys = [];
  board = new SessionBoard({
    connect: (key) => {
      keys.push(key);
      return api;
    },
    adminKey: undefined,
  });
  away = new AbortController();
});
afterEach(() => {
  away.abort();
  vi.useRealTimers();
});

const run = async () => {
  void board.run(away.signal);
  await vi.advanceTimersByTimeAsync(0);
};
const refresh = () => vi.advanceTimersByTimeAsync(3_000);
const shown = () => board.rows.value?.map(({ session }) => session.sessionId);
const page = (next: string | null, ...sessions: AdminSession[]) => ({ sessions, next });

describe('the board of sessions', () => {
  it('shows the open live ones, and none of jobs', async () => {
    api.pages = { '': page(null, sessionOf('s-1'), sessionOf('j-1-0', { kind: 'job' })) };
    await run();
    expect(shown()).toEqual(['s-1']);
    expect(api.queries).toEqual([{ limit: 50, status: 'open' }]);
    expect(board.access.value).toBe('granted');
  });

  it('passes over pages that hold jobs only', async () => {
    api.pages = { '': page('p-2', sessionOf('j-1-0', { kind: 'job' })), 'p-2': page(null, sessionOf('s-1')) };
    await run();
    expect(shown()).toEqual(['s-1']);
  });

  it('looks again every three seconds, as long as it is seen', async () => {
    await run();
    await refresh();
    expect(api.queries.length).toBe(2);
    away.abort();
    await refresh();
    expect(api.queries.length).toBe(2);
  });

  it('turns pages and shows closed ones at once', async () => {
    api.pages = { '': page('p-2', sessionOf('s-1')), 'p-2': page(null, sessionOf('s-2')) };
    await run();
    board.turnPage('next');
    await vi.advanceTimersByTimeAsync(0);
    expect([shown(), board.page, board.next.value]).toEqual([['s-2'], 1, null]);
    board.turnPage('previous');
    await vi.advanceTimersByTimeAsync(0);
    expect([shown(), board.page]).toEqual([['s-1'], 0]);
    board.turnPage('next');
    board.showClosed(true);
    await vi.advanceTimersByTimeAsync(0);
    expect([shown(), board.page]).toEqual([['s-1'], 0]);
    expect(api.queries.at(-1)).toEqual({ limit: 50 });
  });

  it('says why what it shows may be old, and keeps it', async () => {
    api.pages = { '': page(null, sessionOf('s-1')) };
    await run();
    api.refusal = new ClientError('The server can’t be reached.');
    await refresh();
    expect([shown(), board.problem.value]).toEqual([['s-1'], 'The server can’t be reached.']);
    api.refusal = null;
    await refresh();
    expect(board.problem.value).toBeNull();
  });
});

describe('watching', () => {
  it('goes on while no session is new, and begins anew where one is', async () => {
    api.pages = { '': page(null, sessionOf('s-2'), sessionOf('s-1')) };
    await run();
    api.pages = { '': page(null, sessionOf('s-1')) };
    await refresh();
    expect(api.watches.map(({ ids }) => ids)).toEqual([['s-2', 's-1']]);
    api.pages = { '': page(null, sessionOf('s-3'), sessionOf('s-1')) };
    await refresh();
    expect(api.watches.map(({ ids, signal }) => [ids, signal.aborted])).toEqual([
      [['s-2', 's-1'], true],
      [['s-3', 's-1'], false],
    ]);
  });

  it('puts what happens into the rows', async () => {
    api.pages = { '': page(null, sessionOf('s-1')) };
    await run();
    api.watches[0]!.tell({ sessionId: 's-1', event: finalOf(1) });
    await vi.advanceTimersByTimeAsync(0);
    expect(board.rows.value?.[0]?.finals.map(({ text }) => text)).toEqual(['Sentence 1.']);
  });

  it('ends when nobody looks, and begins anew when somebody does', async () => {
    api.pages = { '': page(null, sessionOf('s-1')) };
    await run();
    away.abort();
    expect(api.watches[0]!.signal.aborted).toBe(true);
    away = new AbortController();
    await run();
    expect(api.watches.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  it('reads closed sessions once', async () => {
    api.pages = { '': page(null, sessionOf('s-1', { status: 'closed' })) };
    await run();
    api.watches[0]!.tell({
      sessionId: 's-1',
      event: { type: 'closed', reason: 'end_of_audio', audioSeconds: 1, finals: 0 },
    });
    api.watches[0]!.end();
    await refresh();
    await refresh();
    expect(api.watches.length).toBe(1);
  });

  it('begins anew with the next look where it broke', async () => {
    api.pages = { '': page(null, sessionOf('s-1')) };
    await run();
    api.watches[0]!.fail(new ClientError('The server can’t be reached.'));
    await vi.advanceTimersByTimeAsync(0);
    expect(board.problem.value).toBe('The server can’t be reached.');
    await refresh();
    expect([api.watches.length, board.problem.value]).toEqual([2, null]);
  });
});

describe('the key', () => {
  it('is asked for where the server wants one, and taken at once', async () => {
    api.refusal = new ApiError(401, 'unauthorized', 'A key is needed.');
    await run();
    expect(board.access.value).toBe('key_missing');
    await refresh();
    expect(api.queries.length).toBe(1);
    board.useKey('wrong');
    await vi.advanceTimersByTimeAsync(0);
    expect(board.access.value).toBe('key_wrong');
    api.refusal = null;
    api.pages = { '': page(null, sessionOf('s-1')) };
    board.useKey('right');
    await vi.advanceTimersByTimeAsync(0);
    expect([board.access.value, shown()]).toEqual(['granted', ['s-1']]);
    expect(keys).toEqual([undefined, 'wrong', 'right']);
  });

  it('helps nothing where the server has none: its own sentence says what to do', async () => {
    api.refusal = new ApiError(403, 'admin_disabled', 'Set ADMIN_KEY.');
    await run();
    expect([board.access.value, board.problem.value]).toEqual(['disabled', 'Set ADMIN_KEY.']);
  });

  it('takes the rows away where it is no longer right', async () => {
    api.pages = { '': page(null, sessionOf('s-1')) };
    await run();
    api.refusal = new ApiError(401, 'unauthorized', 'A key is needed.');
    await refresh();
    expect([shown(), api.watches[0]!.signal.aborted]).toEqual([undefined, true]);
  });
});
