import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { LogLevel } from './config/logging.ts';
import { RepeatLimiter } from './repeat-limiter.ts';

export type { Logger } from 'pino';

/** Keys under which speech or its text travels in this product: what lies under them is never logged. */
const PRIVATE_KEYS = new Set([
  'text',
  'newText',
  'new_text',
  'transcript',
  'words',
  'prompt',
  'audio',
  'chunk',
  'pcm16',
]);
const DEEPEST = 6;

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const withoutSpeech = (value: unknown, depth: number): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth >= DEEPEST) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => withoutSpeech(item, depth + 1));
  return isPlain(value) ? privateCopy(value, depth) : value;
};

const privateCopy = (record: object, depth: number): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(record)
      .filter(([key]) => !PRIVATE_KEYS.has(key))
      .map(([key, value]) => [key, withoutSpeech(value, depth + 1)]),
  );

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Which process speaks, such as "standalone". */
  readonly name: string;
  /** The stream that log lines go to. Default: standard output. */
  readonly to?: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Readable lines in place of JSON. Default: when `to` is a terminal and NODE_ENV is not "production". */
  readonly pretty?: boolean;
}

/** Levels of which repeats are held back: warn and error. What is fatal is said once. */
const LIMITED = { from: pino.levels.values.warn!, below: pino.levels.values.fatal! };

/** What makes two lines the same, whatever session they are about: their message and the kind of their error. */
const kindOf = (level: number, [first, second]: readonly unknown[]): string => {
  const record = typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : {};
  const error = record instanceof Error ? record : record.err;
  const code = record.code ?? (error instanceof Error ? ((error as { code?: unknown }).code ?? error.name) : '');
  return `${level} ${String(code)} ${String(typeof first === 'string' ? first : (second ?? ''))}`;
};

/**
 * A logger that lets no audio and no transcript through, however it is called with an object, and of a warning or error that
 * comes again and again only the first ten in ten seconds, and then a line with their number (`suppressed`).
 */
export const createLogger = ({ level, name, to = process.stdout, ...options }: LoggerOptions): Logger => {
  const readable = options.pretty ?? (to.isTTY === true && process.env.NODE_ENV !== 'production');
  const destination: DestinationStream = readable
    ? pretty({ destination: to, colorize: to.isTTY === true, ignore: 'name', translateTime: 'SYS:HH:MM:ss.l' })
    : { write: (line) => to.write(line) };
  const limiter = new RepeatLimiter();
  const logger = pino(
    {
      hooks: {
        logMethod(args, method, level) {
          const isLimited = level >= LIMITED.from && level < LIMITED.below;
          const message = args.find((arg) => typeof arg === 'string');
          const tell = (suppressed: number) => method.call(logger, { suppressed }, message ?? '');
          if (!isLimited || limiter.passes(kindOf(level, args), tell)) method.apply(this, args);
        },
      },
      level,
      base: { name },
      formatters: { log: (record) => privateCopy(record, 0), level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination,
  );
  // pino's `log` formatter does not see a child's bindings. Children inherit this method from their parent.
  const { child } = logger;
  logger.child = function (this: Logger, bindings, options) {
    return child.call(this, privateCopy(bindings, 0), options) as ReturnType<typeof child>;
  } as typeof child;
  return logger;
};
