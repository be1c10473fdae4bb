/** Three significant digits are as many as a picture can tell apart. */
function plain(value: number, decimals?: number | null): string {
  if (decimals !== undefined && decimals !== null) return grouped(value.toFixed(decimals));
  const size = Math.abs(value);
  if (size >= 1000) return grouped(value.toFixed(0));
  return String(Number(value.toPrecision(3)));
}

/** Thin spaces between thousands. */
const grouped = (digits: string): string => digits.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ' ');

type Scale = readonly (readonly [from: number, suffix: string])[];

const scaled = (scale: Scale) => (value: number, decimals?: number | null) => {
  const [from, suffix] = scale.findLast(([least]) => Math.abs(value) >= least) ?? scale[0]!;
  return `${plain(value / from, decimals)}${suffix}`;
};

const times = (unitInSeconds: number) => {
  const inSeconds = scaled([
    [1e-9, ' ns'],
    [1e-6, ' µs'],
    [1e-3, ' ms'],
    [1, ' s'],
    [60, ' min'],
    [3600, ' h'],
    [86_400, ' d'],
  ]);
  return (value: number, decimals?: number | null) =>
    value === 0 ? '0 s' : inSeconds(value * unitInSeconds, decimals);
};

const powers = (base: number, suffixes: readonly string[]) =>
  scaled(suffixes.map((suffix, i) => [base ** i, suffix] as const));

const binary = (end: string) =>
  powers(
    1024,
    ['', 'Ki', 'Mi', 'Gi', 'Ti'].map((prefix) => ` ${prefix}B${end}`),
  );
const decimal = (end: string) =>
  powers(
    1000,
    ['', 'k', 'M', 'G', 'T'].map((prefix) => ` ${prefix}${end}`.trimEnd()),
  );
const count = powers(1000, ['', ' k', ' M', ' G', ' T']);
const perSecond = (what: string) => (value: number, decimals?: number | null) => `${count(value, decimals)} ${what}`;

type Format = (value: number, decimals?: number | null) => string;

/** By Grafana's names. */
const UNITS: Record<string, Format> = {
  none: plain,
  short: count,
  percent: (value, decimals) => `${plain(value, decimals)} %`,
  percentunit: (value, decimals) => `${plain(value * 100, decimals)} %`,
  s: times(1),
  ms: times(1e-3),
  µs: times(1e-6),
  ns: times(1e-9),
  m: times(60),
  h: times(3600),
  bytes: binary(''),
  decbytes: decimal('B'),
  binBps: binary('/s'),
  Bps: decimal('B/s'),
  ops: perSecond('ops/s'),
  reqps: perSecond('req/s'),
  cps: perSecond('/s'),
  rps: perSecond('/s'),
  wps: perSecond('/s'),
  eps: perSecond('/s'),
  bool: (value) => (value === 0 ? 'false' : 'true'),
  bool_yes_no: (value) => (value === 0 ? 'no' : 'yes'),
  bool_on_off: (value) => (value === 0 ? 'off' : 'on'),
};

/** A value with its unit, by Grafana's name for it; a unit that is not known here is written as it is. */
export function formatValue(value: number, unit = 'none', decimals?: number | null): string {
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const format = UNITS[unit];
  if (format !== undefined) return format(value, decimals);
  const [, place, text] = /^(suffix|prefix):(.*)$/.exec(unit) ?? [];
  const number = count(value, decimals);
  if (place === 'prefix') return `${text}${number}`;
  return `${number} ${text?.trim() ?? unit}`;
}
