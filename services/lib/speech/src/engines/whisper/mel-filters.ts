import { sampleRate, windowSize } from './front-end.ts';

/** Slaney's mel scale (Auditory Toolbox, 1998): linear up to 1 kHz, logarithmic above. */
const linearStep = 200 / 3;
const logStart = 1_000;
const logStartMel = logStart / linearStep;
const logStep = Math.log(6.4) / 27;

const melOfHz = (hz: number): number =>
  hz < logStart ? hz / linearStep : logStartMel + Math.log(hz / logStart) / logStep;

const hzOfMel = (mel: number): number =>
  mel < logStartMel ? mel * linearStep : logStart * Math.exp(logStep * (mel - logStartMel));

/**
 * Triangular filters of equal area, evenly spaced in mel from 0 to 8 kHz, over the bins of a 400-point transform: what
 * librosa.filters.mel(sr=16000, n_fft=400) gives and OpenAI ships as mel_filters.npz. bins × 201, row-major.
 */
export function melFilters(bins: number): Float32Array {
  const frequencies = windowSize / 2 + 1;
  const edges = Array.from({ length: bins + 2 }, (_, edge) => hzOfMel((melOfHz(sampleRate / 2) * edge) / (bins + 1)));
  const filters = new Float32Array(bins * frequencies);
  for (let bin = 0; bin < bins; bin++) {
    const [low = 0, peak = 0, high = 0] = edges.slice(bin, bin + 3);
    for (let frequency = 0; frequency < frequencies; frequency++) {
      const hz = (frequency * sampleRate) / windowSize;
      const weight = Math.min((hz - low) / (peak - low), (high - hz) / (high - peak));
      filters[bin * frequencies + frequency] = (Math.max(0, weight) * 2) / (high - low);
    }
  }
  return filters;
}
