import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Target } from './target.ts';

/** Bytes of an answer that are read, so that its sender can end in peace, before the connection is cut. */
const MOST_ANSWER_BYTES = 4_096;

/** What counts of an answer. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/**
 * Posts `body` over a connection of its own to the very addresses of `target`, and follows no redirect.
 * Rejects where no answer came, or `signal` was aborted before one did.
 */
export function post(
  { url, addresses }: Target,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Answer> {
  const pinned: LookupFunction = (_host, options, done) => {
    if (options.all) done(null, [...addresses]);
    else done(null, addresses[0]!.address, addresses[0]!.family);
  };
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const options = {
    method: 'POST',
    agent: false,
    lookup: pinned,
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    signal,
  } as const;
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => resolve(answerOf(response, sent)));
    sent.on('error', reject);
    sent.end(body);
  });
}

const answerOf = (response: IncomingMessage, sent: ClientRequest): Promise<Answer> =>
  new Promise((resolve) => {
    const answer = { status: response.statusCode!, retryAfter: response.headers['retry-after'] };
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_ANSWER_BYTES) sent.destroy();
    });
    // The status has come; a body that breaks off, or takes longer than the signal waits, changes nothing about it.
    response.on('error', () => resolve(answer));
    response.on('close', () => resolve(answer));
  });
