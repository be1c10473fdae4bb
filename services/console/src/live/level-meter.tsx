import type { ReadonlySignal } from '@preact/signals';
import { type Level, meterShare } from './microphone/level.ts';

/** How loud the microphone is, from -60 dB to full scale: a bar for the sound, a mark for its peak. */
export function LevelMeter({ level }: { readonly level: ReadonlySignal<Level> }) {
  const { rms, peak } = level.value;
  const db = Math.round(rms);
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
      <div class="meter-bar" style={{ transform: `scaleX(${meterShare(rms).toFixed(3)})` }} />
      <div
        class="meter-peak"
        data-clipped={peak > CLIPPED}
        style={{ transform: `translateX(${(100 * meterShare(peak) - 100).toFixed(1)}%)` }}
      />
    </div>
  );
}

/** Nearer to full scale than this, in decibels, samples are likely cut off. */
const CLIPPED = -0.5;
