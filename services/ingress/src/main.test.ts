import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNatsServer, freePort, startNatsServer } from '@verbatim/bus/testing';
import { Program } from '@verbatim/kit/testing';
import { startRedisServer } from '@verbatim/sessions/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from './testing/server-harness.ts';

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
  new Program(MAIN, {
    HOST: '127.0.0.1',
    PORT: '0',
    GRPC_PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'warn',
    ...settings,
  });

const ADDRESSES =
  'WebSocket ws://(127\\.0\\.0\\.1:\\d+)/v1/stt/stream, gRPC 127\\.0\\.0\\.1:\\d+, metrics (http://\\S+/metrics)';

const listening = async (ingress: Program) => {
  const [, address, metricsUrl] = await ingress.until(new RegExp(`^Listening: ${ADDRESSES}$`, 'm'));
  const ask = async (where: string) => {
    const response = await fetch(`http://${address}${where}`);
    return { status: response.status, body: (await response.json()) as Answer };
  };
  const metrics = async () => (await fetch(metricsUrl!)).text();
  return { ask, metrics };
};

let servers: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
});

describe('an ingress process', () => {
  it('listens without NATS and Redis and says in /health what is wrong', async () => {
    const { settings } = await brokers();
    await using ingress = start(settings);
    const { ask, metrics } = await listening(ingress);
    await until(
      'both failures',
      async () => !JSON.stringify((await ask('/health')).body).includes('not connected yet'),
    );
    const { status, body } = await ask('/health');
    expect(status).toBe(503);
    expect(body).toMatchObject({ status: 'unhealthy' });
    expect(body.services).toEqual({ nats: expect.stringMatching(/\w+ \w+/), redis: expect.stringMatching(/\w+ \w+/) });
    expect((await ask('/readyz')).body).toMatchObject({ code: 'not_ready' });
    expect((await ask('/livez')).status).toBe(200);
    expect(await metrics()).toMatch(/^verbatim_nats_up 0$/m);
    expect(await metrics()).toMatch(/^verbatim_redis_up 0$/m);
    expect((await ask('/v1/stt/models')).body).toMatchObject({ models: [{ id: 'moonshine-tiny', languages: ['en'] }] });
    expect(ingress.output).not.toContain('Ready');
    const began = performance.now();
    ingress.signal('SIGTERM');
    expect(await ingress.exit).toBe(0);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it.skipIf(!installed)(
    'becomes ready when NATS and Redis appear, and notices when one goes',
    async () => {
      const { nats, redis, settings } = await brokers();
      await using ingress = start(settings);
      const { ask, metrics } = await listening(ingress);
      const startedNats = await startNatsServer({ port: nats });
      servers.push(startedNats);
      expect(ingress.output).not.toContain('Ready');
      const startedRedis = await startRedisServer({ port: redis });
      servers.push(startedRedis);
      await ingress.until(new RegExp(`^Ready: ${ADDRESSES}$`, 'm'));
      expect(await ask('/health')).toEqual({
        status: 200,
        body: { status: 'healthy', services: { nats: 'connected', redis: 'connected' } },
      });
      expect((await ask('/readyz')).status).toBe(200);
      expect(await metrics()).toMatch(/^verbatim_nats_up 1$/m);
      startedRedis.kill('SIGKILL');
      await until('the loss', async () => (await ask('/readyz')).status === 503);
      expect((await ask('/health')).body).toMatchObject({ services: { nats: 'connected' } });
      expect(await metrics()).toMatch(/^verbatim_redis_up 0$/m);
      servers.push(await startRedisServer({ port: redis }));
      await until('the return', async () => (await ask('/readyz')).status === 200);
      ingress.signal('SIGTERM');
      expect(await ingress.exit).toBe(0);
    },
    30_000,
  );

  it('says in one sentence which setting is wrong, and starts nothing', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'verbatim-test-'));
    const wrong: [Record<string, string>, RegExp][] = [
      [{ NATS_URL: 'http://a', DRAIN_MS: 'x' }, /^DRAIN_MS is "x".*\nNATS_URL is "http:\/\/a".*$/],
      [{ STT_MODEL: 'nonesuch' }, /^There is no model "nonesuch".*$/],
      [{ NATS_TLS_CA: path.join(folder, 'missing.pem') }, /^.*missing\.pem.*$/],
      [{ REDIS_URL: 'rediss://localhost', REDIS_TLS_CA: path.join(folder, 'missing.pem') }, /^.*missing\.pem.*$/],
    ];
    for (const [settings, line] of wrong) {
      await using ingress = start(settings);
      expect(await ingress.exit).toBe(1);
      expect(ingress.errors.trim()).toMatch(line);
      expect(ingress.output).not.toContain('Listening');
    }
    await rm(folder, { recursive: true });
  }, 40_000);
});
