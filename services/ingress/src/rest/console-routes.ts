import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

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

/** What programs find at /. */
const SIGNPOST = { name: 'Verbatim', docs: '/docs', openapi: '/openapi.json' };

/**
 * Serves the web page from a folder of built files: `index.html`, `assets/` with a hash in each name, and a .br and .gz
 * beside what can be compressed. Where there is no index.html, and for programs that ask for JSON, a signpost is at /.
 */
export const addConsole = async (app: FastifyInstance, folder: string): Promise<void> => {
  await app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    preCompressed: true,
    index: false,
    // No folder, and nothing above this one: not found, like all else that is not there.
    allowedPath: (path) => !/\/(\.|$)/.test(path),
    immutable: true,
    maxAge: '1y',
    schemaHide: true,
    setHeaders: (response) => {
      response.setHeader('x-content-type-options', 'nosniff');
      response.setHeader('vary', 'accept-encoding');
    },
  });
  app.get('/', { schema: { hide: true } }, async (request, reply) => {
    reply.header('vary', 'accept, accept-encoding');
    const etag = asksForJson(request) ? null : await etagOf(join(folder, 'index.html'));
    return etag === null ? SIGNPOST : sendFresh(request, reply, { folder, name: 'index.html', etag });
  });
  for (const name of NAMED) {
    app.get(`/${name}`, { schema: { hide: true } }, async (request, reply) => {
      const etag = await etagOf(join(folder, name));
      if (etag === null) return reply.callNotFound();
      return sendFresh(request, reply.header('vary', 'accept-encoding'), { folder, name, etag });
    });
  }
};

/** What stands where the page would, on a server without it. */
export const addSignpost = (app: FastifyInstance): void => {
  app.get('/', { schema: { hide: true } }, async () => SIGNPOST);
};

const asksForJson = ({ headers: { accept = '' } }: FastifyRequest): boolean =>
  accept.includes('application/json') && !accept.includes('text/html');

/** Answers with the file, unless the client has it as it is now. */
const sendFresh = (
  request: FastifyRequest,
  reply: FastifyReply,
  { folder, name, etag }: { readonly folder: string; readonly name: string; readonly etag: string },
): FastifyReply => {
  reply.headers(PAGE_HEADERS).header('etag', etag);
  const known = request.headers['if-none-match']?.split(',').map((one) => one.trim());
  if (known?.includes(etag)) return reply.code(304).send();
  return reply.sendFile(name, folder, { cacheControl: false, etag: false, lastModified: false });
};

/**
 * Null where there is no such file. Of what is in it, not of its size and time: an index.html keeps its size from version to
 * version, and a reproducible build its time, too. Weak, as it is the same for every encoding.
 */
const etagOf = async (path: string): Promise<string | null> => {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return bytes && `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
};
