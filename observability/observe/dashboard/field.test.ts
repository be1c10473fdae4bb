import { expect, it } from 'vitest';
import { aPanel } from '../testing/a-panel.ts';
import { cssColor, mapped, thresholdColor } from './colors.ts';
import { fieldOf } from './field.ts';

const panel = aPanel('timeseries', {
  fieldConfig: {
    defaults: { unit: 's', custom: { fillOpacity: 10 } },
    overrides: [
      { matcher: { id: 'byName', options: 'p99' }, properties: [{ id: 'custom.fillOpacity', value: 0 }] },
      { matcher: { id: 'byRegexp', options: '/^p9/' }, properties: [{ id: 'unit', value: 'ms' }] },
      { matcher: { id: 'byFrameRefID', options: 'B' }, properties: [{ id: 'displayName', value: 'limit' }] },
      { matcher: { id: 'byName', options: 'p50' }, properties: [{ id: 'min', value: 'nonsense' }] },
    ],
  },
});

it.each([
  ['p50', 'A', { unit: 's', custom: { fillOpacity: 10 } }],
  ['p99', 'A', { unit: 'ms', custom: { fillOpacity: 0 } }],
  ['p95', 'B', { unit: 'ms', displayName: 'limit' }],
])('a series named %s of target %s is shown as its overrides say', (name, refId, field) => {
  expect(fieldOf(panel, { name, refId })).toMatchObject(field);
});

it.each([
  ['red', 'var(--red)'],
  ['semi-dark-orange', 'var(--orange)'],
  ['#12ab9f', '#12ab9f'],
  ['transparent', null],
  ['red;background:url(x)', null],
  [undefined, null],
])('the colour %s is %s', (color, css) => {
  expect(cssColor(color)).toBe(css);
});

it('thresholds count from their own value on, in percent of the field where they say so', () => {
  const steps = [
    { value: null, color: 'green' },
    { value: 50, color: 'red' },
  ];
  const { defaults } = aPanel('stat', {
    fieldConfig: { defaults: { thresholds: { mode: 'absolute', steps } } },
  }).fieldConfig;
  expect([49, 50].map((value) => thresholdColor(defaults, value))).toEqual(['var(--green)', 'var(--red)']);
  const part = { thresholds: { mode: 'percentage', steps }, min: 0, max: 2 };
  const share = aPanel('stat', { fieldConfig: { defaults: part } }).fieldConfig.defaults;
  expect([0.9, 1].map((value) => thresholdColor(share, value))).toEqual(['var(--green)', 'var(--red)']);
});

it('mappings put words for values', () => {
  const mappings = [
    { type: 'value', options: { 1: { text: 'up', color: 'green' } } },
    { type: 'range', options: { from: 5, to: null, result: { text: 'many' } } },
    { type: 'special', options: { match: 'nan', result: { text: 'none' } } },
  ];
  const { defaults } = aPanel('stat', { fieldConfig: { defaults: { mappings } } }).fieldConfig;
  expect([1, 7, Number.NaN, 3].map((value) => mapped(defaults, value).text)).toEqual(['up', 'many', 'none', null]);
});
