import type { HealthRegistry } from '@verbatim/kit';
import type { SpeechRuntime } from '@verbatim/speech';

/** Adds the engine and the voice detector to /health; `runtime` gives undefined while they are being loaded. */
export function reportEngine(
  health: HealthRegistry,
  runtime: () => Pick<SpeechRuntime, 'health' | 'detectorName'> | undefined,
): void {
  health.register('whisper', () => {
    const engine = runtime()?.health;
    if (engine === undefined) return { status: 'down', detail: 'loading' };
    const { alive, workers } = engine;
    if (alive === workers) return { status: 'ok', detail: 'loaded' };
    return { status: alive === 0 ? 'down' : 'degraded', detail: `${alive} of ${workers} workers` };
  });
  health.register('vad', () => {
    const loaded = runtime();
    if (loaded === undefined) return { status: 'down', detail: 'loading' };
    if (!loaded.health.detector) return { status: 'down', detail: 'failed' };
    return { status: loaded.detectorName === 'silero' ? 'ok' : 'degraded', detail: loaded.detectorName };
  });
}
