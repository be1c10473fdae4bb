import { type LinkState, SttError } from '@verbatim/contracts';
import type { JobStore, SessionStore } from '../ports.ts';
import { type TtlOptions, ttlsOf } from '../ttls.ts';
import { parseRedisUrl, type RedisAddress } from './address.ts';
import { CallIds } from './call-ids.ts';
import { createClient, readTls, type TlsFiles } from './client.ts';
import { RedisJobStore } from './job-store.ts';
import { Link } from './link.ts';
import { RedisSessionStore } from './session-store.ts';

export interface RedisStoresOptions extends TtlOptions {
  /** redis://, rediss://, redis+sentinel:// or redis+cluster://, as `parseRedisUrl` says. */
  readonly url: string;
  /** ACL user; goes before the URL's. Default: the server's `default` user. */
  readonly username?: string;
  /** Goes before the URL's. */
  readonly password?: string;
  /** PEM files for rediss URLs. Default: the system's CAs, no client certificate. */
  readonly tls?: TlsFiles;
  /** How long a call waits for a Redis that is away, in milliseconds. Default 12000. */
  readonly patienceMs?: number;
  /** The connection's name in Redis' CLIENT LIST. */
  readonly name: string;
  readonly onState?: (state: LinkState) => void;
}

/** The stores of many processes, on one connection, which connects by itself, for ever. */
export interface RedisStores extends AsyncDisposable {
  readonly sessions: SessionStore;
  readonly jobs: JobStore;
  /** Resolves when Redis is usable for the first time; never rejects. */
  readonly ready: Promise<void>;
  readonly state: LinkState;
}

/** Throws `invalid_argument` for a URL or a TLS file that can't be used; what can be cured later shows in `state`. */
export const createRedisStores = (options: RedisStoresOptions): RedisStores => {
  const { tls, patienceMs = 12_000, name, onState = () => {} } = options;
  const address = addressOf(options);
  const ttls = ttlsOf(options);
  const ids = new CallIds();
  const connectionName = name.replace(/[^!-~]/g, '_');
  const client = createClient(address, address.tls ? readTls(tls ?? {}) : undefined, connectionName);
  const link = new Link(client, { patienceMs, onState, probeKey: `stt:stream:probe:${ids.process}` });
  return {
    sessions: new RedisSessionStore(link, ids, ttls.sessionMs),
    jobs: new RedisJobStore(link, ids, ttls),
    ready: link.ready,
    get state() {
      return link.state;
    },
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  };
};

/** The URL's address with the credentials that are given beside it. */
const addressOf = ({ url, username, password, tls }: RedisStoresOptions): RedisAddress => {
  const address = parseRedisUrl(url);
  if (tls !== undefined && !address.tls) {
    throw new SttError('invalid_argument', 'There are TLS files for Redis, but its URL is without TLS; use rediss.', {
      field: 'redis_url',
    });
  }
  const withCredentials = {
    ...address,
    username: username ?? address.username,
    password: password ?? address.password,
  };
  if (withCredentials.username !== undefined && withCredentials.password === undefined) {
    throw new SttError('invalid_argument', 'There is a Redis user without a password; set both.', {
      field: 'redis_password',
    });
  }
  return withCredentials;
};
