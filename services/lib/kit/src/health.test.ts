import { describe, expect, it } from 'vitest';
import { HealthRegistry, type PartStatus, type Readiness } from './health.ts';

const registryOf = (...statuses: PartStatus[]): HealthRegistry => {
  const registry = new HealthRegistry();
  for (const [index, status] of statuses.entries())
    registry.register(`part${index}`, () => ({ status, detail: status }));
  return registry;
};

describe('the health report', () => {
  it.each([
    [['ok', 'ok'], 'healthy'],
    [['ok', 'degraded'], 'degraded'],
    [['degraded', 'down', 'ok'], 'unhealthy'],
    [[], 'healthy'],
  ] as const)('of parts that are %o is %s', (statuses, expected) => {
    expect(registryOf(...statuses).report().status).toBe(expected);
  });

  it('shows each part in its own words, as it is now', () => {
    const registry = new HealthRegistry();
    let detail = 'loading';
    registry.register('whisper', () => ({ status: detail === 'loaded' ? 'ok' : 'degraded', detail }));
    expect(registry.report()).toEqual({ status: 'degraded', services: { whisper: 'loading' } });
    detail = 'loaded';
    expect(registry.report()).toEqual({ status: 'healthy', services: { whisper: 'loaded' } });
  });

  it('counts a probe that throws as down, and says why', () => {
    const registry = registryOf('ok');
    registry.register('redis', () => {
      throw new Error('no connection');
    });
    expect(registry.report()).toEqual({ status: 'unhealthy', services: { part0: 'ok', redis: 'no connection' } });
  });

  it('refuses a second probe of the same name', () => {
    expect(() => registryOf('ok').register('part0', () => ({ status: 'ok', detail: '' }))).toThrow('"part0"');
  });
});

describe('readiness', () => {
  it('goes from starting to ready to draining and never back', () => {
    const registry = new HealthRegistry();
    const seen: Readiness[] = [];
    const stop = registry.onReadiness((readiness) => seen.push(readiness));
    expect(registry.readiness).toBe('starting');
    registry.become('ready');
    registry.become('ready');
    registry.become('draining');
    registry.become('ready');
    expect(registry.readiness).toBe('draining');
    expect(seen).toEqual(['ready', 'draining']);
    stop();
  });

  it('tells a listener that has left nothing more', () => {
    const registry = new HealthRegistry();
    const seen: Readiness[] = [];
    registry.onReadiness((readiness) => seen.push(readiness))();
    registry.become('draining');
    expect(seen).toEqual([]);
  });
});
