import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addConsole, addSignpost } from './console-routes.ts';

describe('the page', () => {
  let folder: string;
  let app: FastifyInstance;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'console-'));
    await mkdir(join(folder, 'assets'));
    const files = { 'index.html': '<!doctype html>', 'favicon.svg': '<svg/>', 'assets/main-1a2b.js': 'let x = 1;' };
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, name), text);
      await writeFile(join(folder, `${name}.br`), brotliCompressSync(text));
    }
    app = fastify();
    await addConsole(app, folder);
  });
  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  it('may run nothing but its own files, and nobody may frame it', async () => {
    const { headers, body } = await app.inject('/');
    expect(body).toBe('<!doctype html>');
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(headers['content-security-policy']).toMatch(
      /default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
    );
    expect(headers['content-security-policy']).not.toMatch(/unsafe/);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('is asked for anew each time, and its assets never again', async () => {
    expect((await app.inject('/')).headers['cache-control']).toBe('no-cache');
    expect((await app.inject('/assets/main-1a2b.js')).headers['cache-control']).toBe(
      'public, max-age=31536000, immutable',
    );
  });

  it('comes as it was compressed when it was built', async () => {
    const { headers } = await app.inject({ url: '/assets/main-1a2b.js', headers: { 'accept-encoding': 'br' } });
    expect(headers['content-encoding']).toBe('br');
    expect((await app.inject('/assets/main-1a2b.js')).body).toBe('let x = 1;');
  });

  it('has no other file of its folder', async () => {
    for (const url of ['/index.html.br', '/assets/', '/assets/../index.html', '/assets/%2e%2e/index.html']) {
      expect([403, 404], url).toContain((await app.inject(url)).statusCode);
    }
  });

  it('leaves a signpost for programs where there is none', async () => {
    const bare = fastify();
    addSignpost(bare);
    expect((await bare.inject('/')).json()).toMatchObject({ docs: '/docs' });
    await bare.close();
  });
});
