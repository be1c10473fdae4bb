/** The first word of an error that Redis itself replied, such as READONLY; null for any other error. */
export const replyCode = (error: unknown): string | null =>
  error instanceof Error && error.name === 'ReplyError' ? (error.message.split(' ', 1)[0] ?? '') : null;

/** Replies that say "not now" or "not by this user", about the server and not about the command. */
const SERVER_TROUBLE: Readonly<Record<string, string>> = {
  LOADING: 'Redis is loading its data',
  BUSY: 'Redis is busy with a script',
  READONLY: 'this Redis is a read-only replica: point REDIS_URL at the master, or at the sentinels',
  OOM: 'Redis is out of memory (OOM): raise its maxmemory',
  MISCONF: "Redis can't write to its disk (MISCONF): look into its log",
  NOREPLICAS: 'Redis has too few replicas to accept writes (NOREPLICAS)',
  MASTERDOWN: 'this Redis is a replica that has lost its master (MASTERDOWN)',
  CLUSTERDOWN: 'the Redis cluster is down (CLUSTERDOWN): some of its slots have no master',
  TRYAGAIN: 'the Redis cluster is moving slots',
  MOVED: 'this Redis is part of a cluster: use redis+cluster:// in REDIS_URL',
  ASK: 'this Redis is part of a cluster: use redis+cluster:// in REDIS_URL',
  WRONGPASS: 'WRONGPASS: check REDIS_USERNAME and REDIS_PASSWORD',
  NOAUTH: 'NOAUTH: Redis wants a password; set REDIS_PASSWORD',
  NOPERM: 'NOPERM: the Redis user lacks rights; allow it ~stt:* +@all',
};

/** Whether the same command may work a little later. What is not a reply of Redis is the connection's trouble. */
export const isTransient = (error: unknown): boolean => {
  const code = replyCode(error);
  return code === null || code in SERVER_TROUBLE;
};

const NETWORK_TROUBLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ETIMEDOUT: 'no answer to connecting',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the host',
  ENOTFOUND: 'unknown host name',
  EAI_AGAIN: 'unknown host name',
};

/** What is wrong, in a few words for people. Made of codes and addresses, so that no secret gets into it. */
export const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return LOST;
  if (error.message.includes('cluster support disabled')) return 'this Redis is no cluster: use redis:// in REDIS_URL';
  const code = replyCode(error);
  if (code !== null) return SERVER_TROUBLE[code] ?? `Redis replied ${code}`;
  if (error.name === 'ClusterAllFailedError' && 'lastNodeError' in error) {
    return prefixed('no node of the Redis cluster answers', describe(error.lastNodeError));
  }
  if (error.message.startsWith('All sentinels are unreachable')) {
    if (error.message.includes('No such master')) return 'the sentinels know no master of the name in REDIS_URL';
    if (error.message.includes('NOAUTH'))
      return 'the sentinels want a password: only sentinels without one are supported';
    return prefixed('no sentinel answers', describeNetwork(error));
  }
  return describeNetwork(error);
};

/** What ioredis says when it has no better reason. */
export const LOST = 'the connection was lost';

const prefixed = (what: string, why: string): string => (why === LOST ? what : `${what}: ${why}`);

/** A host with several addresses fails with an error for each of them; the first will do. */
const describeNetwork = (error: Error): string => {
  const inner = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  const { message } = inner;
  const system = 'code' in inner ? String(inner.code) : (/\b(E[A-Z_]{4,})\b/.exec(message)?.[1] ?? '');
  const where = 'port' in inner ? ` at ${'address' in inner ? inner.address : 'host'}:${inner.port}` : '';
  const known = NETWORK_TROUBLE[system];
  return known === undefined ? otherTrouble(message, system) : `${known}${where}`;
};

const otherTrouble = (message: string, code: string): string => {
  if (message.startsWith('Socket timeout') || message === 'Command timed out') return 'Redis does not answer';
  const reply = /\b(WRONGPASS|NOAUTH|NOPERM)\b/.exec(message)?.[1];
  if (reply !== undefined) return SERVER_TROUBLE[reply] ?? reply;
  if (/^(CERT_|ERR_TLS|ERR_SSL|DEPTH_|SELF_SIGNED|UNABLE_TO_)/.test(code)) {
    return `TLS failed (${code}): check the scheme, REDIS_TLS_CA and the certificates`;
  }
  return code === '' ? LOST : `the connection failed (${code})`;
};
