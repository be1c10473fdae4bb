import { HealthRegistry } from '@verbatim/kit';
import { describe, expect, it } from 'vitest';
import { reportEngine } from './engine-health.ts';

type Engine = NonNullable<ReturnType<Parameters<typeof reportEngine>[1]>>;

const reportOf = (engine: Engine | undefined) => {
  const health = new HealthRegistry();
  reportEngine(health, () => engine);
  return health.report();
};

const engine = (alive: number, detector = true, detectorName: Engine['detectorName'] = 'silero'): Engine => ({
  health: { workers: 2, alive, detector },
  detectorName,
});

describe('the health of an engine', () => {
  it.each([
    ['while it loads', undefined, 'unhealthy', { whisper: 'loading', vad: 'loading' }],
    ['with everything at work', engine(2), 'healthy', { whisper: 'loaded', vad: 'silero' }],
    ['with a dead worker', engine(1), 'degraded', { whisper: '1 of 2 workers', vad: 'silero' }],
    ['with no worker', engine(0), 'unhealthy', { whisper: '0 of 2 workers', vad: 'silero' }],
    [
      'with the lesser detector',
      engine(2, true, 'rms-fallback'),
      'degraded',
      { whisper: 'loaded', vad: 'rms-fallback' },
    ],
    ['without a detector', engine(2, false), 'unhealthy', { whisper: 'loaded', vad: 'failed' }],
  ])('%s', (_case, runtime, status, services) => {
    expect(reportOf(runtime)).toEqual({ status, services });
  });
});
