import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../testing/server-harness.ts';
import { addConsole, addSignpost } from './console-routes.ts';

describe('the page', () => {
  let folder: string;
  let server: TestServer;

  /** As builds do that give every file the same time. */
  const put = async (name: string, text: string) => {
    for (const [path, bytes] of [
      [join(folder, name), text],
      [join(folder, `${name}.br`), brotliCompressSync(text)],
    ] as const) {
      await writeFile(path, bytes);
      await utimes(path, 1, 1);
    }
  };
  const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
    fetch(server.http + path, { method, headers: { 'accept-encoding': 'identity', ...headers } });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'console-'));
    await mkdir(join(folder, 'assets'));
    await put('index.html', '<!doctype html>');
    await put('favicon.svg', '<svg/>');
    await put('assets/main-1a2b.js', 'let x = 1;');
    server = await startServer({}, { consoleFolder: folder });
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('may run nothing but its own files, and nobody may frame it', async () => {
    const response = await get('/');
    expect(await response.text()).toBe('<!doctype html>');
    const { headers } = response;
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(headers.get('content-security-policy')).toMatch(
      /default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
    );
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('permissions-policy')).toContain('microphone=(self)');
  });

  it('is asked for anew each time, and its assets never again', async () => {
    expect((await get('/')).headers.get('cache-control')).toBe('no-cache');
    const { headers } = await get('/assets/main-1a2b.js');
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  it('comes as it was compressed when it was built, which caches are told', async () => {
    for (const path of ['/', '/favicon.svg', '/assets/main-1a2b.js']) {
      const { headers } = await get(path, { 'accept-encoding': 'br' });
      expect(headers.get('content-encoding'), path).toBe('br');
      expect(headers.get('vary'), path).toContain('accept-encoding');
      expect((await get(path)).headers.get('vary'), path).toContain('accept-encoding');
    }
    expect(await (await get('/assets/main-1a2b.js')).text()).toBe('let x = 1;');
  });

  it('is not sent again as long as it is the same, and at once when it is not', async () => {
    const etag = (await get('/')).headers.get('etag')!;
    const same = await get('/', { 'if-none-match': `"other", ${etag}`, 'accept-encoding': 'br' });
    expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', etag]);
    await put('index.html', '<!DOCTYPE html>');
    const changed = await get('/', { 'if-none-match': etag });
    expect([changed.status, await changed.text()]).toEqual([200, '<!DOCTYPE html>']);
    await put('index.html', '<!doctype html>');
  });

  it('answers HEAD without a body', async () => {
    for (const path of ['/', '/favicon.svg', '/assets/main-1a2b.js']) {
      const response = await get(path, {}, 'HEAD');
      expect([response.status, await response.text()], path).toEqual([200, '']);
      expect(Number(response.headers.get('content-length')), path).toBeGreaterThan(5);
    }
  });

  it('is a signpost for programs that ask for JSON', async () => {
    const response = await get('/', { accept: 'application/json' });
    expect(await response.json()).toMatchObject({ docs: '/docs' });
    expect(response.headers.get('vary')).toMatch(/\baccept,/);
    for (const accept of ['*/*', 'text/html,application/json;q=0.9']) {
      expect(await (await get('/', { accept })).text()).toBe('<!doctype html>');
    }
  });

  it.each([
    ['GET', '/assets/none.js', 404],
    ['GET', '/assets/', 404],
    ['GET', '/index.html.br', 404],
    ['GET', '/manifest.webmanifest', 404],
    ['POST', '/', 405],
    ['DELETE', '/assets/main-1a2b.js', 405],
  ])('%s %s is problem %i', async (method, path, status) => {
    const response = await get(path, {}, method);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('cache-control')).toBeNull();
  });

  it('has no other file of its folder', async () => {
    const bare = fastify();
    await addConsole(bare, folder);
    for (const url of ['/assets/../index.html', '/assets/%2e%2e/index.html', '/assets/..%2findex.html']) {
      expect((await bare.inject(url)).statusCode, url).toBe(404);
    }
    await bare.close();
  });

  it('leaves the documentation as it is', async () => {
    const docs = await get('/docs/');
    expect([docs.status, docs.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringContaining("default-src 'self'"),
    ]);
    expect((await get('/docs/static/swagger-ui.css')).status).toBe(200);
  });

  it('leaves a signpost where there is none, or none was built', async () => {
    const bare = fastify();
    addSignpost(bare);
    expect((await bare.inject('/')).json()).toMatchObject({ docs: '/docs' });
    await bare.close();
    const unbuilt = fastify();
    await addConsole(unbuilt, join(folder, 'assets'));
    expect((await unbuilt.inject('/')).json()).toMatchObject({ docs: '/docs' });
    await unbuilt.close();
  });
});
