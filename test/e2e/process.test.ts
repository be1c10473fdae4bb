import { cp, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { defaultCacheDir } from '@verbatim/kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf, clip } from '../support/clips.ts';
import { GrpcStream } from '../support/grpc-client.ts';
import { startServerProcess } from '../support/server-process.ts';

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'verbatim-test-'));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

const cacheDir = process.env.VERBATIM_CACHE_DIR ?? defaultCacheDir(process.env, process.platform);

/** What a server that cannot start says, and its exit code. */
async function refusal(settings: Record<string, string>) {
  await using server = startServerProcess(settings);
  const code = await server.exit;
  return { code, errors: server.errors.trim() };
}

describe('npm start', () => {
  it('shows the text of its warm-up and its addresses, and ends cleanly within two seconds of a signal', async () => {
    await using server = startServerProcess();
    await server.until(/Ready for \d+ live sessions/);
    expect(server.output).toContain('ask not what your country can do for you');
    const [, address] = await server.until(/gRPC\s+(\S+)/);
    const stream = new GrpcStream(address!, {});
    await stream.until('opened');
    await stream.sendAudio(bytesOf(clip('goforward').pcm16));
    await stream.until('speechStarted');
    const began = performance.now();
    server.signal('SIGINT');
    expect(await server.exit).toBe(0);
    expect(performance.now() - began).toBeLessThan(2_500);
    await stream.status;
    expect(stream.text.toLowerCase()).toContain('go forward');
    expect(stream.of('closed')[0]).toMatchObject({ reason: 'server_shutdown' });
  });

  it('says in one sentence that a port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const port = String((other.address() as { port: number }).port);
    for (const name of ['PORT', 'GRPC_PORT', 'METRICS_PORT']) {
      expect(await refusal({ [name]: port })).toEqual({
        code: 1,
        errors: `Port ${port} is in use: stop the other program or set ${name}.`,
      });
    }
    await new Promise((resolve) => other.close(resolve));
  });

  it('says in one sentence that the model is missing and the registry out of reach', async () => {
    const { code, errors } = await refusal({
      VERBATIM_CACHE_DIR: scratch,
      npm_config_registry: 'http://127.0.0.1:9/',
    });
    expect(code).toBe(1);
    expect(errors).toMatch(/^The model moonshine-tiny is not on this machine and .*$/);
  });

  it('says in one sentence which setting is wrong', async () => {
    expect((await refusal({ GRPC_PORT: 'many' })).errors).toMatch(/^GRPC_PORT .*many.*$/);
    expect((await refusal({ STT_MODEL: 'nonesuch' })).errors).toMatch(/^There is no model "nonesuch".*$/);
    expect((await refusal({ WHISPER_MODEL: 'huge' })).errors).toMatch(/^WHISPER_MODEL .*huge.*tiny, base, .*$/);
  });

  it('mends graphs that were damaged on disk', async () => {
    await cp(path.join(cacheDir, 'models'), path.join(scratch, 'models'), { recursive: true });
    const model = path.join(scratch, 'models', 'moonshine-tiny');
    const engine = (await readdir(model)).find((name) => name.startsWith('engine-'))!;
    const file = await open(path.join(model, engine, 'moonshine-decoder.onnx'), 'r+');
    await file.write(Buffer.alloc(4_096, 0xff), 0, 4_096, 0);
    await file.close();
    await using server = startServerProcess({ VERBATIM_CACHE_DIR: scratch });
    await server.until(/Ready for/);
    expect(server.output).toContain('ask not what your country can do for you');
  });

  it('refuses a model whose files are not the expected ones', async () => {
    const { code, errors } = await refusal({ VERBATIM_CACHE_DIR: scratch, VERBATIM_MODEL_SOURCE: scratch });
    expect(code).toBe(1);
    expect(errors).toMatch(/^The model moonshine-tiny can't be copied from .*VERBATIM_MODEL_SOURCE.*$/);
  });
});
