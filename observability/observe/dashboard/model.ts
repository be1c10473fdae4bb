import { z } from 'zod';

// What of Grafana's dashboard JSON (schema v39 and about) is drawn here. Everything else in it is skipped.

const thresholds = z.object({
  mode: z.enum(['absolute', 'percentage']).default('absolute'),
  steps: z.array(z.object({ value: z.number().nullish(), color: z.string() })).default([]),
});

const mappingResult = z.object({ text: z.string().optional(), color: z.string().optional() });
const mapping = z.union([
  z.object({ type: z.literal('value'), options: z.record(z.string(), mappingResult) }),
  z.object({
    type: z.literal('range'),
    options: z.object({ from: z.number().nullish(), to: z.number().nullish(), result: mappingResult }),
  }),
  z.object({ type: z.literal('special'), options: z.object({ match: z.string(), result: mappingResult }) }),
  z.object({ type: z.literal('regex'), options: z.unknown() }),
]);

const custom = z.object({
  drawStyle: z.enum(['line', 'bars', 'points']).default('line'),
  lineWidth: z.number().default(1),
  fillOpacity: z.number().default(0),
  lineStyle: z.object({ fill: z.string().optional() }).optional(),
  stacking: z.object({ mode: z.enum(['none', 'normal', 'percent']).default('none') }).optional(),
  thresholdsStyle: z.object({ mode: z.string().default('off') }).optional(),
  scaleDistribution: z.object({ type: z.string(), log: z.number().optional() }).optional(),
  axisSoftMax: z.number().optional(),
});

const field = z.object({
  unit: z.string().optional(),
  decimals: z.number().nullish(),
  min: z.number().nullish(),
  max: z.number().nullish(),
  displayName: z.string().optional(),
  noValue: z.string().optional(),
  color: z.object({ mode: z.string().optional(), fixedColor: z.string().optional() }).optional(),
  thresholds: thresholds.optional(),
  mappings: z.array(mapping).default([]),
  custom: custom.prefault({}),
});

const target = z.object({
  refId: z.string().default('A'),
  expr: z.string().default(''),
  legendFormat: z.string().default(''),
  instant: z.boolean().default(false),
  range: z.boolean().optional(),
  format: z.string().optional(),
  exemplar: z.boolean().default(false),
  hide: z.boolean().default(false),
});

const panelShape = z.object({
  type: z.string(),
  title: z.string().default(''),
  description: z.string().default(''),
  gridPos: z
    .object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() })
    .default({ x: 0, y: 0, w: 24, h: 8 }),
  targets: z.array(target).default([]),
  fieldConfig: z
    .object({
      defaults: field.prefault({}),
      overrides: z
        .array(
          z.object({
            matcher: z.object({ id: z.string(), options: z.unknown() }),
            properties: z.array(z.object({ id: z.string(), value: z.unknown() })),
          }),
        )
        .default([]),
    })
    .prefault({}),
  options: z
    .looseObject({
      content: z.string().optional(),
      colorMode: z.string().optional(),
      graphMode: z.string().optional(),
      textMode: z.string().optional(),
      yAxis: z.looseObject({ unit: z.string().optional() }).optional(),
      reduceOptions: z.looseObject({ calcs: z.array(z.string()).default([]) }).optional(),
      legend: z
        .looseObject({ showLegend: z.boolean().default(true), calcs: z.array(z.string()).default([]) })
        .optional(),
    })
    .prefault({}),
  transformations: z.array(z.looseObject({ id: z.string(), options: z.unknown() })).default([]),
  collapsed: z.boolean().default(false),
});

const panel = panelShape.extend({ panels: z.array(panelShape).default([]) });

const variable = z.object({
  name: z.string(),
  type: z.string(),
  label: z.string().nullish(),
  query: z.union([z.string(), z.looseObject({ query: z.string() })]).default(''),
  regex: z.string().default(''),
  includeAll: z.boolean().default(false),
  multi: z.boolean().default(false),
  allValue: z.string().nullish(),
  current: z.looseObject({ value: z.union([z.string(), z.array(z.string())]).optional() }).default({}),
});

export const dashboardSchema = z.object({
  uid: z.string().regex(/^[\w-]+$/, 'must be made of letters, digits, - and _'),
  title: z.string(),
  description: z.string().default(''),
  panels: z.array(panel).default([]),
  templating: z.object({ list: z.array(variable).default([]) }).prefault({}),
});

export type Dashboard = z.output<typeof dashboardSchema>;
export type Panel = z.output<typeof panelShape>;
export type PanelTarget = z.output<typeof target>;
export type Field = z.output<typeof field>;
export type Variable = z.output<typeof variable>;

export const fieldSchema = field;
export const customSchema = custom;

/** Panels under a row's title; those before the first row have none. */
export interface Section {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Rows cut a dashboard into sections. A row that is collapsed holds its panels itself; here, they are shown like all. */
export function sections({ panels }: Dashboard): Section[] {
  const all: { title: string; panels: Panel[] }[] = [{ title: '', panels: [] }];
  for (const panel of [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x)) {
    if (panel.type === 'row') all.push({ title: panel.title, panels: [...panel.panels] });
    else all.at(-1)!.panels.push(panel);
  }
  return all.filter(({ panels }) => panels.length > 0);
}
