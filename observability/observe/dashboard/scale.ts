/** Values to heights: 0 is the bottom of a plot, 1 its top. */
export interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 2.5, 5, 10];

/** Between begin and end, at most `most` round numbers. */
export function niceTicks(min: number, max: number, most: number): number[] {
  const rough = (max - min) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = STEPS.map((factor) => factor * power).find((size) => size >= rough * 0.999)!;
  const first = Math.ceil(min / step - 1e-9);
  const count = Math.floor(max / step + 1e-9) - first + 1;
  // Multiplied anew each time: sums would drift from the round numbers.
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Ends that are given stay; others are chosen so that all values have room. */
export function linearScale(
  values: readonly number[],
  { min, max }: { readonly min?: number | null | undefined; readonly max?: number | null | undefined },
  most = 5,
): Scale {
  const known = values.filter(Number.isFinite);
  const low = min ?? Math.min(0, ...known);
  const highest = Math.max(...known, low);
  // A line that is flat at its lowest value still needs a scale.
  const high = max ?? (highest > low ? highest + (highest - low) * 0.05 : low + 1);
  const span = high > low ? high - low : 1;
  return { at: (value) => (value - low) / span, ticks: niceTicks(low, low + span, most) };
}

/** For values above zero; ticks at powers of the base. */
export function logScale(values: readonly number[], base: number): Scale {
  const known = values.filter((value) => Number.isFinite(value) && value > 0);
  const log = (value: number) => Math.log(value) / Math.log(base);
  const low = Math.floor(log(Math.min(...known, known.length === 0 ? 1 : Number.POSITIVE_INFINITY)));
  const high = Math.max(low + 1, Math.ceil(log(Math.max(...known, 0) || base)));
  const every = Math.ceil((high - low) / 6);
  const ticks = Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) => base ** (low + i * every));
  return { at: (value) => (value > 0 ? (log(value) - low) / (high - low) : 0), ticks };
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((n) => n * HOUR),
];

/** Round times between begin and end, at most `most`. */
export function timeTicks(fromMs: number, toMs: number, most: number): number[] {
  const step = TIME_STEPS.find((size) => size >= (toMs - fromMs) / most) ?? 24 * HOUR;
  const first = Math.ceil(fromMs / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((toMs - first) / step) + 1) }, (_, i) => first + i * step);
}

/** The time of day in this process's time zone; with seconds where they are not 0, or are asked for. */
export function clockTime(atMs: number, withSeconds = false): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = withSeconds || at.getSeconds() !== 0 ? `:${two(at.getSeconds())}` : '';
  return `${two(at.getHours())}:${two(at.getMinutes())}${seconds}`;
}
