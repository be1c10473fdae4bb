import type { Field } from './model.ts';

/** As many as people can tell apart; assets/observe.css has them for light and dark. */
const SERIES = 8;

const NAMED = /^(?:super-light-|light-|semi-dark-|dark-)?(red|orange|yellow|green|blue|purple)$/;

/** A colour of Grafana, by name or as #rrggbb, in CSS; null for what is none. */
export function cssColor(color: string | undefined): string | null {
  if (color === undefined) return null;
  if (/^#[0-9a-f]{3,8}$/i.test(color)) return color;
  const name = NAMED.exec(color)?.[1];
  return name === undefined ? null : `var(--${name})`;
}

export const seriesColor = (index: number): string => `var(--series-${index % SERIES})`;

/** The colour of a series: its own, where the panel fixes one, or the next one. */
export const colorOfSeries = ({ color }: Field, index: number): string =>
  (color?.mode === 'fixed' ? cssColor(color.fixedColor) : null) ?? seriesColor(index);

export interface Shown {
  readonly text: string | null;
  readonly color: string | null;
}

/** What the field's mappings make of a value. */
export function mapped({ mappings }: Field, value: number): Shown {
  for (const mapping of mappings) {
    if (mapping.type === 'value') {
      const result = mapping.options[String(value)];
      if (result !== undefined) return shown(result);
    } else if (mapping.type === 'range') {
      const { from, to, result } = mapping.options;
      if (value >= (from ?? Number.NEGATIVE_INFINITY) && value <= (to ?? Number.POSITIVE_INFINITY))
        return shown(result);
    } else if (mapping.type === 'special' && /nan|null/.test(mapping.options.match) && Number.isNaN(value)) {
      return shown(mapping.options.result);
    }
  }
  return { text: null, color: null };
}

const shown = ({ text, color }: { text?: string | undefined; color?: string | undefined }): Shown => ({
  text: text ?? null,
  color: cssColor(color),
});

/** Where a threshold begins, in the field's own unit, and its colour; the first begins below everything. */
export function thresholdSteps({ thresholds, min, max }: Field): { from: number; color: string | null }[] {
  const { mode, steps } = thresholds ?? { mode: 'absolute', steps: [] };
  const [low, high] = [min ?? 0, max ?? 100];
  const at = (value: number) => (mode === 'percentage' ? low + ((high - low) * value) / 100 : value);
  return steps.map(({ value, color }) => ({
    from: value === null || value === undefined ? Number.NEGATIVE_INFINITY : at(value),
    color: cssColor(color),
  }));
}

/** The colour of the highest threshold that a value has reached. */
export const thresholdColor = (field: Field, value: number): string | null =>
  thresholdSteps(field).findLast(({ from }) => value >= from)?.color ?? null;
