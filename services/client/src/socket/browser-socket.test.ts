import { ManualClock, settle } from '@verbatim/contracts/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSocket } from './browser-socket.ts';
import type { Socket } from './socket.ts';

/** As far as browsers' sockets are used. */
class FakeWebSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 3;
  static last: FakeWebSocket;
  readonly url: string;
  readyState = FakeWebSocket.CONNECTING;
  bufferedAmount = 0;
  readonly sent: unknown[] = [];
  readonly closeCodes: number[] = [];

  constructor(url: string | URL) {
    super();
    this.url = String(url);
    FakeWebSocket.last = this;
  }

  open(): void {
    this.readyState = FakeWebSocket.OPEN;
    this.dispatchEvent(new Event('open'));
  }

  say(text: string): void {
    this.dispatchEvent(new MessageEvent('message', { data: text }));
  }

  fail(): void {
    this.readyState = FakeWebSocket.CLOSED;
    this.dispatchEvent(new Event('error'));
    this.dispatchEvent(new Event('close'));
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  /** The other side of a dead network never answers. */
  close(code: number): void {
    this.closeCodes.push(code);
  }
}

const URL_OF_DOOR = new URL('wss://host/v1/stt/stream?events=all');
let clock: ManualClock;
let page: EventTarget;
let texts: string[];

beforeEach(() => {
  clock = new ManualClock();
  page = new EventTarget();
  texts = [];
  vi.stubGlobal('WebSocket', FakeWebSocket);
  vi.stubGlobal('navigator', { onLine: true });
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
});
afterEach(() => vi.unstubAllGlobals());

const open = (signal = new AbortController().signal) =>
  openSocket(URL_OF_DOOR, { clock, signal, onText: (text) => texts.push(text) });

async function opened(): Promise<[Socket, FakeWebSocket]> {
  const opening = open();
  FakeWebSocket.last.open();
  return [await opening, FakeWebSocket.last];
}

const isOver = async (socket: Socket): Promise<boolean> => {
  let over = false;
  void socket.closed.then(() => {
    over = true;
  });
  await settle();
  return over;
};

describe("a browser's connection", () => {
  it('brings texts, takes messages and audio, and ends when the server closes it', async () => {
    const [socket, web] = await opened();
    expect(web.url).toBe(URL_OF_DOOR.href);
    web.say('hello');
    const bytes = new Uint8Array([1, 2]);
    await socket.send('text');
    await socket.send(bytes);
    expect([texts, web.sent]).toEqual([['hello'], ['text', bytes]]);
    web.fail();
    expect([await isOver(socket), socket.isOpen, clock.pending]).toEqual([true, false, 0]);
  });

  it('holds its sender back while much waits to leave', async () => {
    const [socket, web] = await opened();
    web.bufferedAmount = 1_000_000;
    let sent = false;
    void socket.send('much').then(() => {
      sent = true;
    });
    await clock.advance(1_000);
    expect(sent).toBe(false);
    web.bufferedAmount = 1_000;
    await clock.advance(50);
    expect(sent).toBe(true);
  });

  it('lets its sender go when the connection ends', async () => {
    const [socket, web] = await opened();
    web.bufferedAmount = 1_000_000;
    const sending = socket.send('much');
    web.fail();
    await clock.advance(50);
    await sending;
    await socket.send('more');
    expect(web.sent).toEqual(['much']);
  });

  it('that brings nothing although something was sent is over, answered or not', async () => {
    const [socket, web] = await opened();
    await socket.send('are you there?');
    await clock.advance(25_000);
    expect([await isOver(socket), socket.isOpen, web.closeCodes]).toEqual([true, false, [1_000]]);
    web.say('late');
    expect(texts).toEqual([]);
  });

  it('that is quiet in both directions goes on', async () => {
    const [socket] = await opened();
    await clock.advance(300_000);
    expect(await isOver(socket)).toBe(false);
  });

  it('is over when the device goes offline', async () => {
    const [socket] = await opened();
    page.dispatchEvent(new Event('offline'));
    expect(await isOver(socket)).toBe(true);
  });

  it('is closed with a goodbye that the server may answer', async () => {
    const [socket, web] = await opened();
    socket.close();
    expect([web.closeCodes, await isOver(socket)]).toEqual([[1_000], false]);
  });
});

describe("a browser's attempt to connect", () => {
  it.each([
    ['is told no reason', true, 'the browser was told no reason'],
    ['is offline', false, 'this device is offline'],
  ])('fails with what can be known when it %s', async (_, onLine, reason) => {
    vi.stubGlobal('navigator', { onLine });
    const opening = open();
    FakeWebSocket.last.fail();
    await expect(opening).rejects.toThrow(reason);
    expect(clock.pending).toBe(0);
  });

  it('is given up after ten seconds', async () => {
    const opening = open();
    const failed = expect(opening).rejects.toThrow('it did not answer in time');
    await clock.advance(10_000);
    await failed;
  });

  it('ends with the reason of its signal', async () => {
    const stop = new AbortController();
    const opening = open(stop.signal);
    stop.abort(new Error('Enough.'));
    await expect(opening).rejects.toThrow('Enough.');
    await expect(open(stop.signal)).rejects.toThrow('Enough.');
  });
});
