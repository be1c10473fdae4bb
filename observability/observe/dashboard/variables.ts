import type { PrometheusApi } from '../prometheus-api.ts';
import type { Dashboard, Variable } from './model.ts';
import type { Window } from './window.ts';

/** A variable of a dashboard that people choose a value of. */
export interface Choice {
  readonly name: string;
  readonly label: string;
  readonly options: readonly string[];
  /** One of the options; null stands for all of them. */
  readonly chosen: string | null;
}

/** What a variable is replaced by: inside a regular expression, and elsewhere. */
export interface Replacement {
  readonly regex: string;
  readonly plain: string;
}

export type Replacements = Readonly<Record<string, Replacement>>;

/** `label_values(metric, label)`, or `label_values(label)`. */
const LABEL_VALUES = /^\s*label_values\(\s*(?:(.+?)\s*,\s*)?(\w+)\s*\)\s*$/s;

const queryOf = ({ query }: Variable): string => (typeof query === 'string' ? query : query.query);

/** The variables that people choose values of, with what there is to choose; `chosen` by name. */
export function choices(
  { templating }: Dashboard,
  chosen: Readonly<Record<string, string>>,
  api: Pick<PrometheusApi, 'query'>,
): Promise<Choice[]> {
  const asked = templating.list.filter(({ type }) => type === 'query' || type === 'custom');
  return Promise.all(
    asked.map(async (variable): Promise<Choice> => {
      const options = await optionsOf(variable, api);
      const wanted = chosen[variable.name];
      const otherwise = variable.includeAll ? null : (options[0] ?? null);
      const known = wanted !== undefined && options.includes(wanted);
      return {
        ...{ name: variable.name, label: variable.label ?? variable.name, options },
        chosen: known ? wanted : otherwise,
      };
    }),
  );
}

async function optionsOf(variable: Variable, api: Pick<PrometheusApi, 'query'>): Promise<string[]> {
  const query = queryOf(variable);
  if (variable.type === 'custom') return query.split(',').map((option) => option.trim());
  const [, selector = 'up', label] = LABEL_VALUES.exec(query) ?? [];
  if (label === undefined) return [];
  const samples = await api.query(`group by (${label}) (${selector})`);
  return samples
    .map(({ labels }) => labels[label] ?? '')
    .filter((value) => value !== '')
    .sort();
}

const everything: Replacement = { regex: '.*', plain: '.*' };

/** What every variable of the dashboard stands for. */
export function replacements({ templating }: Dashboard, chosen: readonly Choice[]): Replacements {
  return Object.fromEntries(
    templating.list.map((variable) => {
      const choice = chosen.find(({ name }) => name === variable.name);
      return [variable.name, choice === undefined ? fixed(variable) : replacementOf(choice, variable)];
    }),
  );
}

function fixed({ current, query }: Variable): Replacement {
  const value = [current.value ?? query].flat()[0];
  const plain = typeof value === 'string' ? value : '';
  return plain === '$__all' ? everything : { regex: inRegex(plain), plain };
}

function replacementOf({ chosen }: Choice, { allValue }: Variable): Replacement {
  if (chosen !== null) return { regex: inRegex(chosen), plain: chosen };
  return allValue ? { regex: allValue, plain: allValue } : everything;
}

/** As Grafana does: the text stands for itself inside a regular expression that stands inside a string of PromQL. */
const inRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\\\$&');

const seconds = (ms: number): string => `${Math.max(1, Math.round(ms / 1000))}s`;

/** Grafana's own variables: https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/ */
function builtIn({ fromMs, toMs, stepMs, scrapeMs }: Window): Record<string, string> {
  return {
    // A rate needs two samples at the least, also when one scrape failed.
    __rate_interval: seconds(Math.max(stepMs + scrapeMs, 4 * scrapeMs)),
    __interval: seconds(stepMs),
    __interval_ms: String(stepMs),
    __range: seconds(toMs - fromMs),
    __range_s: String(Math.round((toMs - fromMs) / 1000)),
    __range_ms: String(toMs - fromMs),
  };
}

/** `$name`, `${name}`, `${name:format}` and `[[name]]`. */
const VARIABLE = /\$(\w+)|\$\{(\w+)(?::\w+)?\}|\[\[(\w+)(?::\w+)?\]\]/g;

/** An expression with its variables replaced; one that nobody knows stays. */
export function substituted(expr: string, values: Replacements, window: Window): string {
  const own = builtIn(window);
  return expr.replace(VARIABLE, (whole, bare, braced, bracketed, offset: number) => {
    const name: string = bare ?? braced ?? bracketed;
    if (own[name] !== undefined) return own[name];
    const value = values[name];
    if (value === undefined) return whole;
    return /[=!]~\s*["'`][^"'`]*$/.test(expr.slice(0, offset)) ? value.regex : value.plain;
  });
}
