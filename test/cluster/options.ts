import { parseArgs } from 'node:util';
import { ClusterError } from './cluster-error.ts';

export interface Options {
  readonly help: boolean;
  readonly ingresses: number;
  readonly transcribers: number;
  readonly media: number;
  /** Start a member that dies again. */
  readonly restart: boolean;
}

export const USAGE = `npm run cluster -- [--ingress N] [--transcribers N] [--media N] [--no-restart]

Starts nats-server, redis-server, ingresses, transcribers and media processes on this machine, on free loopback ports.

  --ingress N        processes that clients connect to (default 2)
  --transcribers N   processes that recognise speech (default 2)
  --media N          processes that decode files (default 1)
  --no-restart       leave a process that dies dead; otherwise it is started again
`;

/** More processes than this are a slip of the finger on one machine. */
const MOST = 32;

/** @throws ClusterError with one sentence. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  return {
    help: values.help ?? false,
    ingresses: count('ingress', values.ingress),
    transcribers: count('transcribers', values.transcribers),
    media: count('media', values.media, '1'),
    restart: !values['no-restart'],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        ingress: { type: 'string' },
        transcribers: { type: 'string' },
        media: { type: 'string' },
        'no-restart': { type: 'boolean' },
      },
    });
  } catch (error) {
    // Node's first sentence names the argument; the rest is about how to escape it.
    const sentence = (error as Error).message.split(/\.(\s|$)/)[0];
    throw new ClusterError(`${sentence}; see npm run cluster -- --help.`, { cause: error });
  }
}

function count(name: string, given: string | undefined, otherwise = '2'): number {
  const text = given ?? otherwise;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= MOST) return value;
  throw new ClusterError(`--${name} is "${text}"; it must be a whole number from 1 to ${MOST}.`);
}
