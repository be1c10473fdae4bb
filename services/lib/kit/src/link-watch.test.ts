import { describe, expect, it } from 'vitest';
import { HealthRegistry } from './health.ts';
import { watchLink } from './link-watch.ts';
import { createMetrics } from './metrics.ts';

const watch = () => {
  const lines: string[] = [];
  const health = new HealthRegistry();
  const metrics = createMetrics();
  const logger = {
    info: (_fields: object, line: string) => lines.push(`info ${line}`),
    warn: (_fields: object, line: string) => lines.push(`warn ${line}`),
  };
  const onState = watchLink('nats', 'NATS', { logger, health, metrics });
  const up = async () => /^verbatim_nats_up (\d)$/m.exec(await metrics.registry.metrics())?.[1];
  return { lines, health, onState, up };
};

describe('a watched link', () => {
  it('is down in /health and in the gauge until it is connected, and says why', async () => {
    const { health, onState, up } = watch();
    expect(health.report()).toEqual({ status: 'unhealthy', services: { nats: 'not connected yet' } });
    expect(await up()).toBe('0');
    onState({ status: 'connecting', detail: 'nobody listens there' });
    expect(health.report().services.nats).toBe('nobody listens there');
    onState({ status: 'connected', detail: 'connected' });
    expect(health.report()).toEqual({ status: 'healthy', services: { nats: 'connected' } });
    expect(await up()).toBe('1');
    onState({ status: 'connected', detail: 'connected, but not allowed to publish' });
    expect(health.report()).toEqual({
      status: 'degraded',
      services: { nats: 'connected, but not allowed to publish' },
    });
    onState({ status: 'away', detail: 'the connection was lost' });
    expect(health.report()).toEqual({ status: 'unhealthy', services: { nats: 'the connection was lost' } });
    expect(await up()).toBe('0');
  });

  it('is in the log once for each change', () => {
    const { lines, onState } = watch();
    const refused = { status: 'connecting', detail: 'nobody listens there' } as const;
    for (const state of [refused, refused, { status: 'connected', detail: 'connected' } as const]) onState(state);
    onState({ status: 'away', detail: 'the connection was lost' });
    expect(lines).toEqual([
      'warn NATS: nobody listens there',
      'info NATS: connected',
      'warn NATS: the connection was lost',
    ]);
  });
});
