import { expect, it } from 'vitest';
import { aContext } from '../testing/a-panel.ts';
import { dashboardSchema } from './model.ts';
import { choices, replacements, substituted } from './variables.ts';

const window = { fromMs: 0, toMs: 900_000, nowMs: 900_000, stepMs: 15_000, scrapeMs: 5_000 };
const instances = ['b:1', 'a.b:1', ''].map((instance) => ({ labels: { instance }, values: [1] }));

const dashboard = (variable: Record<string, unknown>) =>
  dashboardSchema.parse({ uid: 'test', title: 'Test', templating: { list: [{ name: 'instance', ...variable }] } });

const query = { type: 'query', query: 'label_values(up{job="x"}, instance)', includeAll: true };

it('replaces what Grafana replaces, and nothing else', () => {
  const expr =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana writes variables so.
    'rate(x[$__rate_interval]) + y[${__range}] * $__interval_ms / $__range_s + label_replace(z, "a", "$1", "b", "(.*)$")';
  expect(substituted(expr, {}, window)).toBe(
    'rate(x[20s]) + y[900s] * 15000 / 900 + label_replace(z, "a", "$1", "b", "(.*)$")',
  );
  expect(substituted('rate(x[$__rate_interval])', {}, { ...window, stepMs: 60_000 })).toBe('rate(x[65s])');
});

it('offers what Prometheus has, and replaces by everything until something is chosen', async () => {
  const { api, asked } = aContext(instances);
  const open = await choices(dashboard(query), {}, api);
  expect(open).toEqual([{ name: 'instance', label: 'instance', options: ['a.b:1', 'b:1'], chosen: null }]);
  expect(asked).toEqual(['group by (instance) (up{job="x"})']);
  expect(substituted('x{instance=~"$instance"}', replacements(dashboard(query), open), window)).toBe(
    'x{instance=~".*"}',
  );
  const all = { ...query, allValue: '.+' };
  expect(substituted('x{instance=~"$instance"}', replacements(dashboard(all), open), window)).toBe('x{instance=~".+"}');
});

it('escapes what was chosen where it stands in a regular expression, and takes only what is offered', async () => {
  const { api } = aContext(instances);
  const chosen = await choices(dashboard(query), { instance: 'a.b:1' }, api);
  const values = replacements(dashboard(query), chosen);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana writes variables so.
  expect(substituted('x{instance=~"${instance}",a="b"}', values, window)).toBe('x{instance=~"a\\\\.b:1",a="b"}');
  expect(substituted('x{instance="[[instance]]"}', values, window)).toBe('x{instance="a.b:1"}');
  const [forged] = await choices(dashboard(query), { instance: 'x"} or vector(1)' }, api);
  expect(forged!.chosen).toBeNull();
});

it('takes the current value of a variable that nobody chooses', () => {
  const constant = dashboard({ type: 'constant', query: '5m' });
  expect(substituted('rate(x[$instance])', replacements(constant, []), window)).toBe('rate(x[5m])');
});
