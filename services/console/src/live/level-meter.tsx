import type { ReadonlySignal } from '@preact/signals';
import { meterShare } from './microphone/level.ts';

/** How loud the microphone is, from -60 dB to full scale. */
export function LevelMeter({ level }: { readonly level: ReadonlySignal<number> }) {
  const db = Math.round(level.value);
  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers draw <meter> each in its own way, and not from decibels
    <div
      class="meter"
      role="meter"
      aria-label="Level"
      aria-valuemin={-60}
      aria-valuemax={0}
      aria-valuenow={db}
      aria-valuetext={`${db} decibels`}
    >
      <div class="meter-bar" style={{ transform: `scaleX(${meterShare(level.value).toFixed(3)})` }} />
    </div>
  );
}
