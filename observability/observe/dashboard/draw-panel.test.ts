import { describe, expect, it } from 'vitest';
import type { Exemplar } from '../prometheus-answers.ts';
import { type Answer, aContext, aPanel } from '../testing/a-panel.ts';
import { drawPanel } from './draw-panel.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const EVIL = '<script>alert("x")</script>';

const two: Answer[] = [
  { labels: { stage: 'decode' }, values: [0.1, 0.2, Number.NaN, 0.3] },
  { labels: { stage: EVIL }, values: [0.2, 0.2, 0.2, 0.6] },
];

async function draw(type: string, part: Record<string, unknown> = {}, answers = two, exemplars: Exemplar[] = []) {
  const context = { ...aContext(answers, exemplars), alerts: [], traces: '/traces' };
  const { text } = await drawPanel(aPanel(type, { title: EVIL, description: EVIL, ...part }), 0, context);
  expect(text).not.toContain(EVIL);
  return text.replace(/\s+/g, ' ');
}

const legendFormat = '{{stage}}';
const seconds = { defaults: { unit: 's' } };
/** The values of the lines in the picture's own square, from the bottom up. */
const pathsOf = (text: string, kind: string) =>
  [...text.matchAll(new RegExp(`<path class="${kind}"[^>]* d="([^"]*)"`, 'g'))].map(([, path]) => path!);

describe('a timeseries', () => {
  it('has a line for each series, with a gap where there is no value, and its last value', async () => {
    const text = await draw('timeseries', { targets: [{ expr: 'x', legendFormat }], fieldConfig: seconds });
    const lines = pathsOf(text, 'line');
    expect(lines).toHaveLength(2);
    expect(lines.map((path) => path.match(/M/g)!.length).sort()).toEqual([1, 2]);
    expect(text).toContain('decode <b title="last">300 ms</b>');
    expect(text).toContain('aria-label="');
  });

  it('stacks series on each other', async () => {
    const custom = { stacking: { mode: 'normal' }, fillOpacity: 50 };
    const text = await draw('timeseries', { fieldConfig: { defaults: { unit: 's', min: 0, max: 1, custom } } });
    // The last is drawn first: 0.3 + 0.6 at the end, on a scale from 0 to 1.
    expect(pathsOf(text, 'line')[0]).toMatch(/1000 100$/);
    expect(pathsOf(text, 'line')[1]).toContain('M1000 700');
    expect(pathsOf(text, 'fill')).toHaveLength(2);
  });

  it('draws bars and thresholds where the panel says so', async () => {
    const thresholds = {
      steps: [
        { value: null, color: 'green' },
        { value: 0.5, color: 'red' },
      ],
    };
    const custom = { drawStyle: 'bars', thresholdsStyle: { mode: 'dashed' } };
    const text = await draw('timeseries', { fieldConfig: { defaults: { min: 0, max: 1, thresholds, custom } } });
    expect(pathsOf(text, 'bars')[1]!.match(/M/g)).toHaveLength(3);
    expect(pathsOf(text, 'threshold')).toEqual(['M0 500H1000']);
  });

  it('has dots for exemplars that lead to their traces', async () => {
    const exemplar = { series: { stage: 'decode', le: '1' }, labels: { trace_id: TRACE }, value: 0.5, atMs: 7_500 };
    const part = { targets: [{ expr: 'x', exemplar: true }], fieldConfig: { defaults: { unit: 's', min: 0, max: 1 } } };
    const outside = { ...exemplar, atMs: 20_000, labels: { trace_id: 'b'.repeat(32) } };
    const forged = { ...exemplar, value: 0.4, labels: { trace_id: '"><b>' } };
    const text = await draw('timeseries', part, two, [exemplar, exemplar, outside, forged]);
    expect(text.match(/href="\/traces/g)).toHaveLength(1);
    expect(text).toContain(`<a class="dot" style="left:50%;bottom:50%" title="500 ms`);
    expect(text).toContain(`href="/traces/${TRACE}"`);
    expect(text.match(/class="dot/g)).toHaveLength(2);
  });

  it('says that there is no data', async () => {
    expect(await draw('timeseries', {}, [])).toContain('<p class="nothing">No data</p>');
  });
});

it('a heatmap has cells for what fell into each bucket and no lower one', async () => {
  const buckets = [
    { labels: { le: '0.1' }, values: [0, 0, 0, 0] },
    { labels: { le: '0.5' }, values: [0, 2, 2, 0] },
    { labels: { le: '1' }, values: [0, 2, 2, 8] },
    { labels: { le: '+Inf' }, values: [0, 2, 2, 8] },
  ];
  const part = { targets: [{ expr: 'x', legendFormat: '{{le}}', format: 'heatmap' }], fieldConfig: seconds };
  const text = await draw('heatmap', part, buckets);
  const cells = [
    ...text.matchAll(/<rect class="cell" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"[^>]*fill-opacity="([\d.]+)"/g),
  ];
  // The bucket up to 0.1 s is below the lowest that has something; the one above 1 s is not shown.
  expect(cells.map(([, ...numbers]) => numbers.map(Number))).toEqual([
    [250, 333.3, 500, 0.5],
    [750, 0, 250, 1],
  ]);
  expect(text).toContain('500 ms to 1 s');
});

it('a stat has the last value in the colour of its threshold, and its course', async () => {
  const thresholds = {
    steps: [
      { value: null, color: 'green' },
      { value: 0.5, color: 'red' },
    ],
  };
  const part = { targets: [{ expr: 'x', legendFormat }], options: { graphMode: 'area' } };
  const text = await draw('stat', { ...part, fieldConfig: { defaults: { unit: 's', thresholds } } });
  expect(text).toMatch(/--stat:var\(--green\)">.*decode<\/span><strong>300 ms<\/strong>/);
  expect(text).toMatch(/--stat:var\(--red\)">.*<strong>600 ms<\/strong>/);
  expect(text.match(/class="course"/g)).toHaveLength(2);
});

it('a gauge fills up to its value, and a bar gauge has a bar for each', async () => {
  const part = {
    targets: [{ expr: 'x', legendFormat, instant: true }],
    fieldConfig: { defaults: { unit: 'percentunit' } },
  };
  const half = [{ labels: { stage: 'decode' }, values: [0.5] }];
  expect(await draw('gauge', part, half)).toMatch(/class="fill" d="M-80 0A80 80 0 0 1 0 -80".*50 %/);
  expect(await draw('bargauge', part)).toMatch(/width:50%.*<strong>30 %<\/strong>.*width:100%.*<strong>60 %<\/strong>/);
});

it('a table has a row for the same labels, and a column for each target', async () => {
  const text = await draw('table', {
    targets: [
      { refId: 'A', expr: 'x', instant: true },
      { refId: 'B', expr: 'y', instant: true },
    ],
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: { renameByName: { stage: 'Stage', 'Value #A': 'Mean' }, excludeByName: { 'Value #B': true } },
      },
    ],
    fieldConfig: {
      defaults: {},
      overrides: [{ matcher: { id: 'byName', options: 'Mean' }, properties: [{ id: 'unit', value: 's' }] }],
    },
  });
  expect([...text.matchAll(/<th [^>]*>([^<]*)/g)].map(([, title]) => title)).toEqual(['Stage', 'Mean']);
  expect(text.match(/<tr>/g)).toHaveLength(3);
  expect(text).toContain('<td>decode</td><td class="figure" style="color:var(--text)">300 ms</td>');
});

it('a text is text', async () => {
  const text = await draw('text', { targets: [], options: { content: `One\n\nTwo \`${EVIL}\`` } });
  expect(text).toContain('<p>One</p><p>Two <code>&lt;script');
});

it('a panel of another kind shows its values, and says so', async () => {
  expect(await draw('piechart')).toMatch(/“piechart” are not drawn here.*<td>decode<\/td>/);
});

it('a panel that Prometheus refuses says so in its place', async () => {
  const context = { ...aContext([]), alerts: [] };
  const refusal = () => Promise.reject(new Error(`bad ${EVIL}`));
  const { text } = await drawPanel(aPanel('timeseries'), 0, {
    ...context,
    api: { ...context.api, queryRange: refusal },
  });
  expect(text).toContain('role="alert">bad &lt;script&gt;');
});

it('lies where the dashboard puts it, counted from the top of its section', async () => {
  const context = { ...aContext(two), alerts: [] };
  const { text } = await drawPanel(aPanel('stat', { gridPos: { x: 12, y: 9, w: 6, h: 4 } }), 8, context);
  expect(text).toContain('style="grid-column:13/span 6;grid-row:2/span 4"');
});
