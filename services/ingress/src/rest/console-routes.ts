import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Only files of this server, no script or style written into the page, and nobody may frame it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE_HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // A new version of the server brings a new page.
  'cache-control': 'no-cache',
};

/** Files outside assets/ that the page refers to. */
const NAMED = ['favicon.svg', 'manifest.webmanifest'];

/**
 * Serves the web page from a folder of built files: `index.html`, `assets/` with a hash in each name, and a .br and .gz
 * beside what can be compressed.
 */
export const addConsole = async (app: FastifyInstance, folder: string): Promise<void> => {
  await app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    preCompressed: true,
    index: false,
    immutable: true,
    maxAge: '1y',
    schemaHide: true,
    setHeaders: (response) => {
      response.setHeader('x-content-type-options', 'nosniff');
    },
  });
  const send = (reply: FastifyReply, file: string) =>
    reply.headers(PAGE_HEADERS).sendFile(file, folder, { cacheControl: false });
  app.get('/', { schema: { hide: true } }, (_request, reply) => send(reply, 'index.html'));
  for (const name of NAMED) app.get(`/${name}`, { schema: { hide: true } }, (_request, reply) => send(reply, name));
};

/** What stands where the page would, on a server without it. */
export const addSignpost = (app: FastifyInstance): void => {
  app.get('/', { schema: { hide: true } }, async () => ({ name: 'Verbatim', docs: '/docs', openapi: '/openapi.json' }));
};
