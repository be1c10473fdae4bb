import { SttError } from '@verbatim/contracts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is, taken apart from a URL. */
export interface RedisAddress {
  readonly mode: 'single' | 'sentinel' | 'cluster';
  readonly tls: boolean;
  /** One for `single`; any that are known for `sentinel` (the sentinels) and `cluster`. */
  readonly hosts: readonly [HostPort, ...HostPort[]];
  /** Name of the master that the sentinels watch; only with `sentinel`. */
  readonly master: string;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const FORMS =
  'redis://[user:password@]host:6379[/db], redis+sentinel://[user:password@]host1:26379,host2:26379/master-name[/db] or ' +
  'redis+cluster://[user:password@]host1:6379,host2:6379, each with rediss instead of redis for TLS';

/** The sentence never shows the URL, as there may be a password in it. */
const wrong = (what: string): SttError =>
  new SttError('invalid_argument', `The Redis URL ${what}; use ${FORMS}.`, { field: 'redis_url' });

const URL_PARTS = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:(.*)@)?([^/?#@]*)(?:\/([^?#]*))?$/s;
const HOST_PORT = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/;

/** Reads a Redis URL. Throws `invalid_argument` with the forms that work for anything else. */
export const parseRedisUrl = (url: string): RedisAddress => {
  const parts = URL_PARTS.exec(url.trim());
  if (parts === null) throw wrong(explain(url.trim()));
  const [, scheme, kind, credentials, hostList = '', path = ''] = parts;
  const mode = kind === 'sentinel' || kind === 'cluster' ? kind : 'single';
  const hosts = parseHosts(hostList, mode === 'sentinel' ? 26_379 : 6_379);
  if (mode === 'single' && hosts.length > 1) throw wrong('names several hosts, but not what they are');
  const { master, db } = parsePath(mode, path);
  return { mode, tls: scheme === 'rediss', hosts, master, db, ...parseCredentials(credentials) };
};

const explain = (url: string): string => {
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*(?=:\/\/)/.exec(url)?.[0];
  if (scheme === undefined) return 'has no scheme';
  return /^rediss?(\+(sentinel|cluster))?$/.test(scheme)
    ? 'has a part that is not known'
    : `starts with "${scheme}://"`;
};

const parseHosts = (list: string, defaultPort: number): [HostPort, ...HostPort[]] => {
  const hosts = list.split(',').map((text): HostPort => {
    const [, ipv6, name, port] = HOST_PORT.exec(text) ?? [];
    const host = ipv6 ?? name;
    const number = port === undefined ? defaultPort : Number(port);
    if (host === undefined) throw wrong(text === '' ? 'names no host' : 'has a host that cannot be read');
    if (number < 1 || number > 65_535) throw wrong(`names port ${number}, which does not exist`);
    return { host, port: number };
  });
  const [first, ...rest] = hosts;
  if (first === undefined) throw wrong('names no host');
  return [first, ...rest];
};

const parsePath = (mode: RedisAddress['mode'], path: string): { master: string; db: number } => {
  const segments = path === '' ? [] : path.split('/');
  const master = mode === 'sentinel' ? decode(segments.shift() ?? '') : '';
  if (mode === 'sentinel' && master === '') throw wrong('does not name the master that the sentinels watch');
  const [db = '0', ...rest] = segments;
  if (mode === 'cluster' && segments.length > 0) throw wrong('names a database, but a cluster has only one');
  if (!/^\d{1,5}$/.test(db) || rest.length > 0) throw wrong('names a database that is not a number');
  return { master, db: Number(db) };
};

const parseCredentials = (text: string | undefined): Pick<RedisAddress, 'username' | 'password'> => {
  if (text === undefined || text === '') return { username: undefined, password: undefined };
  const colon = text.indexOf(':');
  const [username, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  if (password === '') throw wrong('names a user without a password');
  return { username: username === '' ? undefined : decode(username), password: decode(password) };
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong('has a "%" that starts no escape; write it as %25');
  }
};
