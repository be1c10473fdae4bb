/** PromQL that several panels need. `$__rate_interval` is Grafana's: four scrapes, or what a pixel covers. */

const selector = (filter: string): string => (filter === '' ? '' : `{${filter}}`);
const by = (labels: readonly string[]): string => (labels.length === 0 ? '' : ` by (${labels.join(', ')})`);

/** How fast counters rise, summed over processes. */
export const rate = (counter: string, labels: readonly string[] = [], filter = ''): string =>
  `sum${by(labels)} (rate(${counter}${selector(filter)}[$__rate_interval]))`;

/** How much counters have risen over the time that is shown. */
export const rise = (counter: string, labels: readonly string[] = [], filter = ''): string =>
  `sum${by(labels)} (increase(${counter}${selector(filter)}[$__range]))`;

/** `share` (0 to 1) of a histogram's observations took at most this long. */
export const quantile = (share: number, histogram: string, labels: readonly string[] = [], filter = ''): string =>
  `histogram_quantile(${share}, ${rate(`${histogram}_bucket`, ['le', ...labels], filter)})`;

/** The mean of a histogram's observations. */
export const mean = (histogram: string, labels: readonly string[] = [], filter = ''): string =>
  `${rate(`${histogram}_sum`, labels, filter)} / ${rate(`${histogram}_count`, labels, filter)}`;
