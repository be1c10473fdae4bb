import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@verbatim/contracts';
import { ManualClock } from '@verbatim/contracts/testing';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { addressRules } from './address-rules.ts';
import { type DeliverOptions, deliverWebhook } from './deliver-webhook.ts';
import type { Lookup } from './target.ts';

const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString('base64')}`;
const MESSAGE = { id: 'msg_1', payload: { type: 'job.completed', text: 'Grüße' } };

interface Received {
  readonly request: IncomingMessage;
  readonly body: string;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const listening = (server: Server, address: string, port = 0): Promise<number> => {
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(port, address, () => resolve((server.address() as AddressInfo).port));
  });
};

/** A receiver that answers with `status`, and what it received. */
async function receiver(answer: number | ((response: ServerResponse) => void) = 204, address = '127.0.0.1', at = 0) {
  const received: Received[] = [];
  const listener: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ request, body: Buffer.concat(chunks).toString() });
    if (typeof answer === 'number') response.writeHead(answer).end('thanks');
    else answer(response);
  };
  const server = createServer(listener);
  const port = await listening(server, address, at);
  return { received, server, port, url: `http://127.0.0.1:${port}/hook?x=1` };
}

const deliver = (url: string, options: Partial<DeliverOptions> = {}) =>
  deliverWebhook(url, MESSAGE, {
    secret: SECRET,
    allow: addressRules(['127.0.0.0/8']),
    timeoutMs: 5_000,
    clock: systemClock,
    signal: new AbortController().signal,
    ...options,
  });

const leadsTo =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses.map((address) => ({ address, family: 4 }));

describe('a webhook', () => {
  it('is told by a POST of JSON with its id and time, signed as Standard Webhooks has it', async () => {
    const { url, received } = await receiver();
    const clock = new ManualClock();
    expect(await deliver(url, { clock })).toBe('delivered');
    const [{ request, body }] = received as [Received];
    expect([request.method, request.url]).toEqual(['POST', '/hook?x=1']);
    expect(JSON.parse(body)).toEqual(MESSAGE.payload);
    const seconds = Date.UTC(2026, 0, 1) / 1000;
    const signature = createHmac('sha256', KEY).update(`msg_1.${seconds}.${body}`).digest('base64');
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Verbatim',
      'webhook-id': 'msg_1',
      'webhook-timestamp': `${seconds}`,
      'webhook-signature': `v1,${signature}`,
    });
  });

  it("is verified by Standard Webhooks' own library, and by no other secret", async () => {
    const { url, received } = await receiver();
    await deliver(url);
    const [{ request, body }] = received as [Received];
    const headers = request.headers as Record<string, string>;
    expect(new Webhook(SECRET).verify(body, headers)).toEqual(MESSAGE.payload);
    const other = new Webhook(`whsec_${Buffer.alloc(32, 8).toString('base64')}`);
    expect(() => other.verify(body, headers)).toThrow('No matching signature');
  });

  it('leaves neither a timer nor a listener behind', async () => {
    const { url } = await receiver();
    const clock = new ManualClock();
    const { signal } = new AbortController();
    await deliver(url, { clock, signal });
    expect([clock.pending, getEventListeners(signal, 'abort')]).toEqual([0, []]);
  });

  it('is not followed where it redirects', async () => {
    const secret = await receiver();
    const { url } = await receiver((response) => response.writeHead(307, { location: secret.url }).end());
    expect(await deliver(url)).toMatchObject({ retry: true, reason: expect.stringContaining('307') });
    expect(secret.received).toEqual([]);
  });

  it('says when to come back, and whether at all', async () => {
    const busy = await receiver((response) => response.writeHead(429, { 'retry-after': '30' }).end());
    expect(await deliver(busy.url)).toEqual({
      retry: true,
      reason: 'The receiver answered 429.',
      retryAfterMs: 30_000,
    });
    const gone = await receiver(410);
    expect(await deliver(gone.url)).toEqual({ retry: false, reason: 'The receiver answered 410.' });
  });

  it('is delivered although its answer has no end, of which little is read', async () => {
    let ended = Promise.resolve();
    const { url } = await receiver((response) => {
      ended = new Promise((resolve) => response.on('close', resolve));
      const write = () => {
        while (response.write(Buffer.alloc(1_024)));
      };
      response.on('drain', write).writeHead(200);
      write();
    });
    expect(await deliver(url, { clock: new ManualClock() })).toBe('delivered');
    await ended;
  });

  it('is delivered although its answer breaks off in the middle, or stops there', async () => {
    const answer = (then: (response: ServerResponse) => void) =>
      receiver((response) => response.writeHead(200, { 'content-length': 100 }).write('tha', () => then(response)));
    const broken = await answer((response) => response.socket!.end());
    expect(await deliver(broken.url)).toBe('delivered');
    const stopped = await answer(() => {});
    expect(await deliver(stopped.url, { timeoutMs: 1_000 })).toBe('delivered');
  });

  it('is to be tried again where it does not answer in time', async () => {
    const clock = new ManualClock();
    const { url, server } = await receiver(() => {});
    const asked = new Promise((resolve) => server.once('request', resolve));
    const outcome = deliver(url, { clock });
    await asked;
    await clock.advance(5_000);
    expect(await outcome).toEqual({ retry: true, reason: 'No answer within 5000 ms.' });
    expect(clock.pending).toBe(0);
  });

  it('is to be tried again where its host is not resolved in time, or not at all', async () => {
    const clock = new ManualClock();
    const slow = deliver('http://hooks.example/', { clock, lookup: () => new Promise(() => {}) });
    await clock.advance(5_000);
    expect(await slow).toMatchObject({ retry: true, reason: 'No answer within 5000 ms.' });
    const lookup: Lookup = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    expect(await deliver('http://hooks.example/', { lookup })).toEqual({
      retry: true,
      reason: 'The receiver could not be reached (ENOTFOUND).',
    });
  });

  it('is to be tried again where nobody listens', async () => {
    const { url, server } = await receiver();
    await new Promise((resolve) => server.close(resolve));
    expect(await deliver(url)).toMatchObject({ retry: true, reason: expect.stringContaining('ECONNREFUSED') });
  });

  it('is left alone when the caller ends the try, which is no outcome', async () => {
    const end = new AbortController();
    const { url, server } = await receiver(() => {});
    const asked = new Promise((resolve) => server.once('request', resolve));
    const outcome = deliver(url, { signal: end.signal });
    await asked;
    end.abort(new Error('shutdown'));
    await expect(outcome).rejects.toThrow('shutdown');
    await expect(deliver(url, { signal: end.signal })).rejects.toThrow('shutdown');
  });
});

describe('the guard of webhooks', () => {
  const NONE = { allow: addressRules([]) };

  it('lets nothing reach this machine by its address', async () => {
    const { url, port, received } = await receiver();
    for (const host of ['127.0.0.1', '127.1', '0x7f.1', '2130706433', '0.0.0.0', '[::ffff:127.0.0.1]', 'localhost']) {
      for (const scheme of ['http', 'https']) {
        expect(await deliver(`${scheme}://${host}:${port}/`, NONE)).toMatchObject({ retry: false });
      }
    }
    expect(received).toEqual([]);
    expect(await deliver(url)).toBe('delivered');
  });

  it('reaches nothing by an address in an unusual notation, although the rules allow the address itself', async () => {
    const { port, received } = await receiver();
    for (const host of ['127.1', '0x7f.1', '2130706433']) {
      const reason = 'webhook_url names an address in an unusual notation.';
      expect(await deliver(`http://${host}:${port}/`)).toEqual({ retry: false, reason });
    }
    expect(received).toEqual([]);
  });

  it('lets nothing reach this machine by a name that leads to it', async () => {
    const { port, received } = await receiver();
    const url = `https://hooks.example:${port}/`;
    for (const addresses of [['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['::ffff:127.0.0.1'], ['0.0.0.0']]) {
      const outcome = await deliver(url, { ...NONE, lookup: leadsTo(...addresses) });
      expect(outcome).toEqual({ retry: false, reason: 'hooks.example has an address that is not public.' });
    }
    expect(received).toEqual([]);
  });

  it('reaches what the rules allow by a name, which the receiver is told', async () => {
    const { port, received } = await receiver();
    expect(await deliver(`http://hooks.example:${port}/`, { lookup: leadsTo('127.0.0.1') })).toBe('delivered');
    expect(received[0]!.request.headers.host).toBe(`hooks.example:${port}`);
    const allow = addressRules(['hooks.example']);
    expect(await deliver(`http://hooks.example:${port}/`, { allow, lookup: leadsTo('127.0.0.1') })).toBe('delivered');
  });

  it('connects to the address that was checked, whatever the name leads to a moment later', async () => {
    const checked = await receiver(204, '127.0.0.1');
    const rebound = await receiver(204, '127.0.0.2', checked.port);
    const answers = ['127.0.0.1', '127.0.0.2'];
    let lookups = 0;
    const lookup: Lookup = async () => [{ address: answers[lookups++]!, family: 4 }];
    const allow = addressRules(['127.0.0.1']);
    expect(await deliver(`http://hooks.example:${checked.port}/`, { allow, lookup })).toBe('delivered');
    expect([lookups, checked.received.length, rebound.received.length]).toEqual([1, 1, 0]);
    expect(await deliver(`http://hooks.example:${checked.port}/`, { allow, lookup })).toMatchObject({ retry: false });
    expect(rebound.received).toEqual([]);
  });

  it('asks for a certificate that somebody vouches for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'verbatim-webhook-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=hooks.example', '-days', '1'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject],
      {
        stdio: 'ignore',
      },
    );
    let requests = 0;
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, () => requests++);
    rmSync(folder, { recursive: true });
    const port = await listening(server, '127.0.0.1');
    expect(await deliver(`https://hooks.example:${port}/`, { lookup: leadsTo('127.0.0.1') })).toEqual({
      retry: true,
      reason: 'The receiver could not be reached (DEPTH_ZERO_SELF_SIGNED_CERT).',
    });
    expect(requests).toBe(0);
  });
});
