import type { FastifyRequest } from 'fastify';
import { HttpError } from './rest/http-error.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a host's name, as in a URL, stands for this machine. */
export const isLoopbackHost = (name: string): boolean => LOOPBACK.has(name);

/**
 * Whether a page of `origin` may open a WebSocket or send a form here. Browsers let any page do that with any server, the one
 * on the user's own machine included, and no preflight asks first (cross-site WebSocket hijacking, cross-site request
 * forgery): the server itself has to look. Accepted by default: programs (no Origin header), pages of this server, pages of this machine, and pages from
 * files, whose origin is "null"; the plain browser client is one of those. `allowed` adds origins; "*" is any.
 */
export const originAllowed = (
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean => {
  if (origin === undefined || origin === 'null' || origin.startsWith('file:')) return true;
  if (allowed.includes('*') || allowed.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  return page.host === host || isLoopbackHost(page.hostname);
};

/** @throws HttpError for a request of a page that may not send any. */
export const refuseForeignPages = ({ headers }: FastifyRequest, allowed: readonly string[]): void => {
  if (originAllowed(headers.origin, headers.host, allowed)) return;
  throw new HttpError(403, 'origin_rejected', `Pages of ${headers.origin} may not connect to this server.`);
};
