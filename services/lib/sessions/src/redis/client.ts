import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { SttError } from '@verbatim/contracts';
import { Cluster, Redis } from 'ioredis';
import type { RedisAddress } from './address.ts';

/** One server, or the master that sentinels name, or a cluster: the commands are the same. */
export type Client = Redis | Cluster;

/** Paths of PEM files. Without a CA the system's are trusted. */
export interface TlsFiles {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** Milliseconds without any reply after which a connection is given up: a server that is frozen answers no ping. */
export const SILENCE_MS = 2_500;
const CONNECT_TIMEOUT_MS = 2_500;

/** 50 ms doubling to 1 s, of which up to half is cut at random, so that pods do not come back all at once. */
const backoff = (attempt: number): number => Math.min(1_000, 50 * 2 ** Math.min(attempt, 10)) * (1 - Math.random() / 2);

/** Reads the TLS files now, so that a wrong path stops the start. */
export const readTls = ({ caFile, certFile, keyFile }: TlsFiles): ConnectionOptions => {
  const read = (name: string, path: string | undefined): Buffer | undefined => {
    if (path === undefined) return undefined;
    try {
      return readFileSync(path);
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
      throw new SttError('invalid_argument', `The ${name} for Redis, "${path}", can't be read (${code}).`, {
        field: 'redis_tls',
        cause,
      });
    }
  };
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new SttError('invalid_argument', 'A TLS certificate for Redis needs its key, and a key its certificate.', {
      field: 'redis_tls',
    });
  }
  const [ca, cert, key] = [read('CA file', caFile), read('certificate', certFile), read('key', keyFile)];
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
};

/**
 * A client that reconnects for ever but keeps no commands: what can't be sent, or gets no reply, rejects at once. `Link`
 * decides what is tried again and for how long, in the same way for a server, sentinels and a cluster.
 */
export const createClient = (address: RedisAddress, tls: ConnectionOptions | undefined, name: string): Client => {
  const { mode, hosts, master, db, username, password } = address;
  const options = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { tls }),
    connectionName: name,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    // With 0 a lost connection rejects the commands that were under way instead of sending them again.
    maxRetriesPerRequest: 0,
  };
  if (mode === 'cluster') {
    return new Cluster([...hosts], {
      redisOptions: options,
      enableOfflineQueue: false,
      clusterRetryStrategy: backoff,
      slotsRefreshTimeout: SILENCE_MS,
      slotsRefreshInterval: 5_000,
      // Certificates are made out to names: they must not be replaced by addresses before TLS sees them.
      dnsLookup: (host, done) => done(null, host),
    });
  }
  // The link does its own ready check, as this one says nothing while Redis loads its data.
  const single = { ...options, db, enableOfflineQueue: false, enableReadyCheck: false, retryStrategy: backoff };
  if (mode === 'single') return new Redis({ ...single, ...hosts[0] });
  return new Redis({
    ...single,
    sentinels: [...hosts],
    name: master,
    sentinelRetryStrategy: backoff,
    sentinelCommandTimeout: SILENCE_MS,
    ...(tls !== undefined && { enableTLSForSentinelMode: true, sentinelTLS: tls }),
  });
};
