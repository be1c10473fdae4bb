import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNatsServer, freePort, startNatsServer } from '@verbatim/bus/testing';
import { Program } from '@verbatim/kit/testing';
import { startRedisServer } from '@verbatim/sessions/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const installed = findNatsServer() !== null && spawnSync('redis-server', ['--version']).status === 0;

/** Of /health and the probes. */
interface Answer {
  readonly services: Readonly<Record<string, string>>;
}

/** Nothing listens there until a test starts something. */
const brokers = async () => {
  const [nats, redis] = [await freePort(), await freePort()];
  const settings = { NATS_URL: `nats://127.0.0.1:${nats}`, REDIS_URL: `redis://127.0.0.1:${redis}` };
  return { nats, redis, settings };
};

const start = (settings: Record<string, string>) =>
  new Program(MAIN, { HOST: '127.0.0.1', METRICS_PORT: '0', LOG_LEVEL: 'warn', STREAMING_WORKERS: '1', ...settings });

const listening = async (transcriber: Program) => {
  const [, address] = await transcriber.until(/^Listening: metrics (http:\S+)\/metrics, health http:\S+\/health$/m);
  const ask = async (where: string) => {
    const response = await fetch(`${address}${where}`);
    return { status: response.status, body: (await response.json()) as Answer };
  };
  const metrics = async () => (await fetch(`${address}/metrics`)).text();
  return { ask, metrics };
};

/** Until `check` passes; it asks another process, so it takes as long as it takes. */
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 45_000, interval: 50 });

let servers: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
});

describe('a transcriber process', () => {
  it('loads its engine without NATS and Redis, says in /health what is wrong, and ends at a signal', async () => {
    const { settings } = await brokers();
    await using transcriber = start(settings);
    const { ask, metrics } = await listening(transcriber);
    expect((await ask('/livez')).status).toBe(200);
    expect((await ask('/readyz')).body).toMatchObject({ code: 'not_ready' });
    await until(async () => expect((await ask('/health')).body.services.whisper).toBe('loaded'));
    const { status, body } = await ask('/health');
    expect(status).toBe(503);
    expect(body).toEqual({
      status: 'unhealthy',
      services: {
        whisper: 'loaded',
        vad: 'silero',
        nats: expect.stringMatching(/^(?!not connected yet)\w+.* .*\w/),
        redis: expect.stringMatching(/^(?!not connected yet)\w+.* .*\w/),
      },
    });
    expect(await metrics()).toMatch(/^verbatim_nats_up 0$/m);
    expect(await metrics()).toMatch(/^verbatim_redis_up 0$/m);
    expect(transcriber.output).not.toContain('Ready');
    const began = performance.now();
    transcriber.signal('SIGTERM');
    expect(await transcriber.exit).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
  }, 90_000);

  it('ends at a signal while it loads', async () => {
    const { settings } = await brokers();
    await using transcriber = start(settings);
    await listening(transcriber);
    transcriber.signal('SIGTERM');
    expect(await transcriber.exit).toBe(0);
    expect(transcriber.errors).toBe('');
  });

  it.skipIf(!installed)(
    'becomes ready when NATS and Redis appear, and notices when one goes',
    async () => {
      const { nats, redis, settings } = await brokers();
      await using transcriber = start({ ...settings, MAX_SESSIONS: '7' });
      const { ask, metrics } = await listening(transcriber);
      servers.push(await startRedisServer({ port: redis }));
      const startedNats = await startNatsServer({ port: nats });
      servers.push(startedNats);
      const ready = await transcriber.until(/^Ready for (\d+) live sessions: (\S+), metrics http\S+, health http\S+$/m);
      expect(ready.slice(1)).toEqual(['7', 'moonshine-tiny']);
      expect(await ask('/health')).toEqual({
        status: 200,
        body: {
          status: 'healthy',
          services: { whisper: 'loaded', vad: 'silero', nats: 'connected', redis: 'connected' },
        },
      });
      expect((await ask('/readyz')).status).toBe(200);
      expect(await metrics()).toMatch(/^verbatim_slots 7$/m);
      expect(await metrics()).toMatch(/^verbatim_sessions 0$/m);
      expect(await metrics()).toMatch(/^verbatim_nats_up 1$/m);
      startedNats.kill('SIGKILL');
      await until(async () => expect((await ask('/readyz')).status).toBe(503));
      expect(await metrics()).toMatch(/^verbatim_nats_up 0$/m);
      const again = await startNatsServer({ port: nats, storeDir: startedNats.storeDir });
      servers.unshift(again);
      await until(async () => expect((await ask('/readyz')).status).toBe(200));
      transcriber.signal('SIGTERM');
      expect(await transcriber.exit).toBe(0);
    },
    60_000,
  );

  it('says in one sentence which setting is wrong, before it loads anything', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'verbatim-test-'));
    const missing = path.join(folder, 'missing.pem');
    const wrong: [Record<string, string>, RegExp][] = [
      [{ MAX_SESSIONS: 'many', REDIS_URL: 'db' }, /^MAX_SESSIONS is "many".*\nREDIS_URL is "db".*$/],
      [{ STT_MODEL: 'nonesuch' }, /^There is no model "nonesuch".*$/],
      [{ NATS_TLS_CA: missing }, /^.*missing\.pem.*$/],
      [{ REDIS_URL: 'rediss://localhost', REDIS_TLS_CA: missing }, /^.*missing\.pem.*$/],
    ];
    for (const [settings, line] of wrong) {
      await using transcriber = start(settings);
      expect(await transcriber.exit).toBe(1);
      expect(transcriber.errors.trim()).toMatch(line);
      expect(transcriber.output).not.toContain('Ready');
    }
    await rm(folder, { recursive: true });
  }, 90_000);
});
