import { z } from 'zod';

/** The environment as Node gives it. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The configuration can't be used; `message` has one line for each mistake, ready to be shown to the user. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

/** Variables of `env` that hold something: a variable that is empty or all white space counts as not set. */
export const withoutEmpty = (env: Env): Record<string, string> => {
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const trimmed = value?.trim();
    if (trimmed) set[name] = trimmed;
  }
  return set;
};

const SECRET_NAME = /SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|(^|_)(KEY|SEED)$/i;
// What stands between :// and an @, up to the last @ before the next address: passwords come unescaped, too.
const USER_INFO = /(:\/\/)((?:(?!:\/\/)\S)*)@/g;
// The same without a scheme, in variables that hold addresses.
const BARE_USER_INFO = /(^|,\s*)([^\s,:]*:(?!\/\/)(?:(?!:\/\/)\S)*)@/g;
const SECRET_IN_QUERY = /([?&](?:password|token)=)[^&\s]*/gi;

const maskUserInfo = (_match: string, before: string, info: string): string => {
  const colon = info.indexOf(':');
  // Without a colon it is a token to NATS and a user's name elsewhere; only one of these may be shown.
  return `${before}${colon === -1 ? '' : info.slice(0, colon + 1)}***@`;
};

const maskText = (name: string, text: string): string => {
  const masked = text.replace(USER_INFO, maskUserInfo).replace(SECRET_IN_QUERY, '$1***');
  return /_URL$/i.test(name) ? masked.replace(BARE_USER_INFO, maskUserInfo) : masked;
};

/** `value` as it may be shown: secrets by the variable's name, and passwords inside addresses, become "***". */
export const maskValue = (name: string, value: unknown): unknown => {
  if (value === undefined || value === null) return value;
  if (SECRET_NAME.test(name)) return '***';
  if (Array.isArray(value)) return value.map((item) => maskValue(name, item));
  return typeof value === 'string' ? maskText(name, value) : value;
};

/** `config` for the debug log, with secrets masked. */
export const describeConfig = (config: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(config).map(([name, value]) => [name, maskValue(name, value)]));

/**
 * Reads a process's configuration from its environment. The messages of `schema` complete a sentence that starts with
 * the variable's name ("must be …").
 * @throws ConfigError naming every variable that is wrong, its value and what is allowed.
 */
export const readConfig = <T>(schema: z.ZodType<T>, env: Env): T => {
  const set = withoutEmpty(env);
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) => {
      const name = String(issue.path[0] ?? '');
      if (!name) return issue.message;
      const value = set[name];
      const found = value === undefined ? 'is not set' : `is ${JSON.stringify(maskValue(name, value))}`;
      return `${name} ${found}; it ${issue.message}.`;
    }),
  );
};

interface Range {
  readonly min: number;
  readonly max: number;
  /** What is counted, such as "milliseconds". */
  readonly unit?: string;
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)$/;

const numberIn = ({ min, max }: Range, whole: boolean, message: string) =>
  z.string().transform((text, context) => {
    const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const ofUnit = (unit: string | undefined): string => (unit === undefined ? '' : ` of ${unit}`);

/** A whole number in a range, both ends included. */
export const integer = (range: Range) =>
  numberIn(range, true, `must be a whole number${ofUnit(range.unit)} from ${range.min} to ${range.max}`);

/** A duration in the unit that the variable's name ends in; `_S` variables may have a fraction. */
export const duration = (unit: 'ms' | 's', { min, max }: Omit<Range, 'unit'>) =>
  unit === 'ms'
    ? integer({ min, max, unit: 'milliseconds' })
    : numberIn({ min, max }, false, `must be a number of seconds from ${min} to ${max}`);

/** A TCP port to listen on; 0 lets the system choose a free one. */
export const port = () =>
  numberIn({ min: 0, max: 65_535 }, true, 'must be a port number from 1 to 65535, or 0 for any free port');

const TRUTH = new Map(
  Object.entries({ true: true, yes: true, on: true, 1: true, false: false, no: false, off: false, 0: false }),
);

/** true, yes, on, 1 or false, no, off, 0; in any case. */
export const boolean = () =>
  z.string().transform((text, context) => {
    const value = TRUTH.get(text.toLowerCase());
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: 'must be true or false' });
    return z.NEVER;
  });

/** One of a few words, in any case. */
export const choice = <const T extends readonly string[]>(words: T) =>
  z
    .string()
    .toLowerCase()
    .pipe(z.enum(words, { error: `must be one of ${words.join(', ')}` }));
