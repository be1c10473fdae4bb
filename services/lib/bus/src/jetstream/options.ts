import { readFileSync } from 'node:fs';
import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  nkeys,
  type TlsOptions,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';
import { type Clock, type LinkState, SttError, systemClock } from '@verbatim/contracts';

export interface JetStreamBusOptions {
  /** `nats://host:port` or `tls://host:port`, one or several of one cluster; `user:password@` may stand before the host. */
  readonly servers: readonly string[];
  /** The connection's name, as nats-server's monitoring shows it. */
  readonly name: string;
  /** Who this process is. `credsFile` is a path and is read again at every connect. Default: what the URL says, or nobody. */
  readonly auth?: {
    readonly user?: string;
    readonly password?: string;
    readonly token?: string;
    readonly nkeySeed?: string;
    readonly credsFile?: string;
  };
  /** Insists on TLS; with paths of PEM files, read again at every connect. Default: TLS if the server or a `tls://` URL wants it. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string } | true;
  /** Seconds of audio held for each session, in chunks of 20 ms or more. Default 45. */
  readonly ringSeconds?: number;
  /** Milliseconds without a heartbeat after which a claim is lost and offered again. Default 5000. */
  readonly ackWaitMs?: number;
  /** Bytes of audio that nats-server keeps in memory for all sessions together. Default 1 GiB. */
  readonly audioMaxBytes?: number;
  /** Bytes of uploads that nats-server keeps in memory, all together. Default 2 GiB. */
  readonly objectsMaxBytes?: number;
  /** Copies of each stream in a NATS cluster. Default 1. */
  readonly replicas?: number;
  /** Where nats-server keeps claims; on file they survive its restart. Default `file`. */
  readonly claimStorage?: 'file' | 'memory';
  /** Milliseconds that a call waits for NATS before it rejects with `unavailable`. Default 12000. */
  readonly patienceMs?: number;
  /** Default: the process's own. */
  readonly clock?: Clock;
  /** Told of every change of the connection's state. */
  readonly onState?: (state: LinkState) => void;
}

/** One server to try. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** For people; holds no credentials. */
  readonly label: string;
  readonly authenticator: Authenticator | null;
  readonly tls: TlsOptions | undefined;
}

export interface JetStreamSettings {
  readonly name: string;
  readonly servers: readonly ServerAddress[];
  readonly ringSeconds: number;
  readonly ackWaitMs: number;
  readonly audioMaxBytes: number;
  readonly objectsMaxBytes: number;
  readonly replicas: number;
  readonly claimStorage: 'file' | 'memory';
  readonly patienceMs: number;
  readonly clock: Clock;
  readonly onState: (state: LinkState) => void;
}

/** Checks the options and fills the gaps; throws SttError `invalid_argument` that names the option at fault. */
export const settingsOf = (options: JetStreamBusOptions): JetStreamSettings => {
  if (options.servers.length === 0) throw wrong('servers', 'No NATS server is named: give one, as nats://host:4222.');
  const authenticator = authenticatorOf(options.auth ?? {});
  const tls = tlsOf(options.tls);
  return {
    name: options.name,
    servers: options.servers.map((url) => addressOf(url, authenticator, tls)),
    ringSeconds: positive('ringSeconds', options.ringSeconds ?? 45),
    ackWaitMs: positive('ackWaitMs', options.ackWaitMs ?? 5_000),
    audioMaxBytes: positive('audioMaxBytes', options.audioMaxBytes ?? 2 ** 30),
    objectsMaxBytes: positive('objectsMaxBytes', options.objectsMaxBytes ?? 2 ** 31),
    replicas: positive('replicas', options.replicas ?? 1),
    claimStorage: options.claimStorage ?? 'file',
    patienceMs: positive('patienceMs', options.patienceMs ?? 12_000),
    clock: options.clock ?? systemClock,
    onState: options.onState ?? (() => {}),
  };
};

const wrong = (field: string, sentence: string, cause?: unknown): SttError =>
  new SttError('invalid_argument', sentence, { field, cause });

const positive = (field: string, value: number): number => {
  if (Number.isFinite(value) && value > 0) return value;
  throw wrong(field, `${field} is ${value}; a number above 0 is needed.`);
};

const addressOf = (url: string, authenticator: Authenticator | null, tls: TlsOptions | undefined): ServerAddress => {
  const parsed = parseUrl(withScheme(url));
  // The URL may hold a password, so the sentence does not repeat it.
  if (parsed === null || parsed.hostname === '' || !/^(nats|tls):$/.test(parsed.protocol)) {
    throw wrong('servers', 'A NATS server is not of the form nats://host:port or tls://host:port.');
  }
  const port = parsed.port === '' ? 4_222 : Number(parsed.port);
  const label = `${parsed.protocol}//${parsed.hostname}:${port}`;
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const wantsTls = tls ?? (parsed.protocol === 'tls:' ? {} : undefined);
  return { host, port, label, authenticator: authenticator ?? authenticatorOfUrl(parsed), tls: wantsTls };
};

const withScheme = (url: string): string => (url.includes('://') ? url : `nats://${url}`);

const parseUrl = (url: string): URL | null => {
  try {
    return new URL(url);
  } catch {
    return null;
  }
};

const authenticatorOfUrl = ({ username, password }: URL): Authenticator | null => {
  if (username === '') return null;
  const user = decodeURIComponent(username);
  return password === '' ? tokenAuthenticator(user) : usernamePasswordAuthenticator(user, decodeURIComponent(password));
};

const authenticatorOf = (auth: NonNullable<JetStreamBusOptions['auth']>): Authenticator | null => {
  const { user, password, token, nkeySeed, credsFile } = auth;
  if (credsFile !== undefined) {
    readable('auth.credsFile', credsFile);
    return credsAuthenticator(() => new Uint8Array(readFileSync(credsFile)));
  }
  if (nkeySeed !== undefined) return nkeyAuthenticator(seedOf(nkeySeed));
  if (token !== undefined) return tokenAuthenticator(token);
  if (user !== undefined) return usernamePasswordAuthenticator(user, password);
  if (password !== undefined) throw wrong('auth.user', 'A NATS password is given without a user.');
  return null;
};

const seedOf = (seed: string): Uint8Array => {
  const bytes = new TextEncoder().encode(seed.trim());
  try {
    nkeys.fromSeed(bytes);
    return bytes;
  } catch {
    throw wrong('auth.nkeySeed', 'The nkey seed is not valid: it starts with "SU" and has 58 characters.');
  }
};

const tlsOf = (tls: JetStreamBusOptions['tls']): TlsOptions | undefined => {
  if (tls === undefined) return undefined;
  if (tls === true) return {};
  for (const [field, path] of Object.entries(tls)) if (path !== undefined) readable(`tls.${field}`, path);
  if ((tls.certFile === undefined) !== (tls.keyFile === undefined)) {
    throw wrong('tls.certFile', 'tls.certFile and tls.keyFile belong together: give both or none.');
  }
  return { ...tls };
};

const readable = (field: string, path: string): void => {
  try {
    readFileSync(path);
  } catch (error) {
    throw wrong(field, `${field}, ${path}, cannot be read: ${error instanceof Error ? error.message : error}.`, error);
  }
};
