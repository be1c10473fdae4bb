import NpmConfig from '@npmcli/config';
import npm from '@npmcli/config/lib/definitions/index.js';
import { z } from 'zod';

/** What a request for the rest of a file gave. */
export interface Answer {
  /** The byte that `body` starts at: 0 where the server does not do ranges. */
  readonly start: number;
  /** The whole file's bytes, where the server says. */
  readonly total: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** The server answered, but with a refusal. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: number;
  /** The server's own word for it, where it has one. */
  readonly code: string | undefined;

  constructor(status: number, message: string, code?: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** No byte for this long means that the connection is dead. npm's own five minutes are too long for a person to wait. */
export const IDLE_MS = 15_000;

// npm waits 10 to 60 s between its tries.
export const RETRY = { retries: 1, factor: 2, minTimeout: 300, maxTimeout: 2_000 };

/** npm's settings by the names that its libraries give them. */
export const loadNpmSettings = async (env: NodeJS.ProcessEnv): Promise<Record<string, unknown>> => {
  const { definitions, shorthands, flatten, nerfDarts } = npm;
  const config = new NpmConfig({
    definitions,
    shorthands,
    flatten,
    nerfDarts,
    // Only for npm's own built-in npmrc, which belongs to one installation of npm and not to the user.
    npmPath: import.meta.dirname,
    // load() writes into the environment that it is given.
    env: { ...env },
    argv: [process.execPath, 'verbatim'],
    warn: false,
  });
  await config.load();
  return config.flat;
};

/** Headers that ask for bytes as they lie on the server, from one on: ranges and hashes are about those. */
export const rangeHeaders = (from: number): Record<string, string> => ({
  'accept-encoding': 'identity',
  ...(from > 0 && { range: `bytes=${from}-` }),
});

interface Response {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: unknown;
}

/** What an answer to a request with `rangeHeaders` brings. */
export const answerOf = ({ status, headers, body }: Response): Answer => {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  const partial = status === 206 && range !== null;
  const length = partial ? range[2] : headers.get('content-length');
  return {
    start: partial ? Number(range[1]) : 0,
    total: length && length !== '*' ? Number(length) : undefined,
    // A minipass stream, which is iterable; its types say only ReadableStream.
    body: body as AsyncIterable<Buffer>,
  };
};

const connectionSchema = z.object({
  proxy: z.unknown(),
  httpsProxy: z.unknown(),
  noProxy: z.unknown(),
  strictSSL: z.unknown(),
  ca: z.unknown(),
  cert: z.unknown(),
  key: z.unknown(),
  localAddress: z.unknown(),
});

/** What npm's settings say about connections to servers other than registries: proxy and certificates. */
export const connectionSettings = (settings: Record<string, unknown>): Record<string, unknown> => {
  const { httpsProxy, proxy, ...rest } = connectionSchema.partial().parse(settings);
  return { ...rest, proxy: httpsProxy || proxy };
};
