import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { upload } from './upload.ts';

/** As far as it is used. */
class FakeXmlHttpRequest extends EventTarget {
  static last: FakeXmlHttpRequest;
  readonly upload = new EventTarget();
  status = 0;
  readonly sentHeaders: Record<string, string> = {};
  readonly answerHeaders: Record<string, string> = {};
  responseText = '';
  opened: unknown[] = [];
  sent: unknown;
  isAborted = false;

  constructor() {
    super();
    FakeXmlHttpRequest.last = this;
  }

  open(...what: unknown[]): void {
    this.opened = what;
  }

  setRequestHeader(name: string, value: string): void {
    this.sentHeaders[name] = value;
  }

  getResponseHeader(name: string): string | null {
    return this.answerHeaders[name] ?? null;
  }

  send(body: unknown): void {
    this.sent = body;
  }

  abort(): void {
    this.isAborted = true;
    this.end('abort');
  }

  progress(loaded: number, total: number): void {
    this.upload.dispatchEvent(Object.assign(new Event('progress'), { loaded, total }));
  }

  end(how: 'load' | 'error' | 'abort'): void {
    this.dispatchEvent(new Event(how));
    this.dispatchEvent(new Event('loadend'));
  }
}

const url = new URL('http://host/v1/stt/jobs');
const form = new FormData();
beforeEach(() => vi.stubGlobal('XMLHttpRequest', FakeXmlHttpRequest));
afterEach(() => vi.unstubAllGlobals());

describe("a page's upload", () => {
  it('tells how far it is, and what the server answered', async () => {
    const told: [number, number][] = [];
    const uploading = upload(url, form, { onProgress: (sent, total) => told.push([sent, total]) });
    const request = FakeXmlHttpRequest.last;
    expect([request.opened, request.sent]).toEqual([['POST', url], form]);
    request.progress(5, 10);
    request.progress(10, 10);
    Object.assign(request, { status: 202, responseText: '{}' }).end('load');
    expect(await uploading).toEqual({ url, status: 202, text: '{}', retryAfter: null });
    expect(told).toEqual([
      [5, 10],
      [10, 10],
    ]);
  });

  it('has its headers, and tells when to come back', async () => {
    const uploading = upload(url, form, { headers: { 'idempotency-key': 'k-1' } });
    const request = FakeXmlHttpRequest.last;
    expect(request.sentHeaders).toEqual({ 'idempotency-key': 'k-1' });
    request.answerHeaders['retry-after'] = '10';
    request.end('load');
    expect(await uploading).toMatchObject({ retryAfter: '10' });
  });

  it('that breaks says so', async () => {
    const uploading = upload(url, form, {});
    FakeXmlHttpRequest.last.end('error');
    await expect(uploading).rejects.toThrow("The server at http://host can't be reached: the upload was cut off.");
  });

  it('ends with the reason of its signal', async () => {
    const stop = new AbortController();
    const uploading = upload(url, form, { signal: stop.signal });
    stop.abort(new Error('Enough.'));
    await expect(uploading).rejects.toThrow('Enough.');
    expect(FakeXmlHttpRequest.last.isAborted).toBe(true);
  });
});
