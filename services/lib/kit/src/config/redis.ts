import { z } from 'zod';
import { duration } from '../env.ts';
import { bothOrNone, type Rule } from './rule.ts';

/** Which of the Redis schemes are served is for the session store to say. */
const REDIS_URL = /^redis[a-z+-]*:\/\/[^\s/]/i;

export const redisVariables = {
  REDIS_URL: z
    .string()
    .regex(REDIS_URL, 'must be the address of a Redis server, such as redis://host:6379 or rediss://host:6379 for TLS')
    .default('redis://127.0.0.1:6379'),
  REDIS_USERNAME: z.string().optional(),
  REDIS_PASSWORD: z.string().optional(),
  /** PEM files: who may sign the server's certificate, and the client's own certificate and key. */
  REDIS_TLS_CA: z.string().optional(),
  REDIS_TLS_CERT: z.string().optional(),
  REDIS_TLS_KEY: z.string().optional(),
  /** How long the text of a session stays after the last activity. */
  SESSION_TTL_S: duration('s', { min: 10, max: 2_592_000 }).default(3_600),
};

export type RedisConfig = z.output<z.ZodObject<typeof redisVariables>>;

// The first colon of the user part starts the password; see RFC 3986, section 3.2.1.
const PASSWORD_IN_URL = /^[^:]+:\/\/[^@/]*:[^@]*@/;

const onePassword: Rule = ({ REDIS_URL, REDIS_PASSWORD }) => {
  if (REDIS_PASSWORD === undefined || typeof REDIS_URL !== 'string' || !PASSWORD_IN_URL.test(REDIS_URL)) {
    return undefined;
  }
  return 'There is a password in REDIS_URL and one in REDIS_PASSWORD; set only one of them.';
};

const nobodysPassword: Rule = ({ REDIS_USERNAME, REDIS_PASSWORD }) =>
  REDIS_USERNAME === undefined || REDIS_PASSWORD !== undefined
    ? undefined
    : 'REDIS_USERNAME is set and REDIS_PASSWORD is not; set both, or the password alone.';

export const redisRules: readonly Rule[] = [
  onePassword,
  nobodysPassword,
  bothOrNone('REDIS_TLS_CERT', 'REDIS_TLS_KEY'),
];

/** How to reach Redis and how long it keeps things, in the session store's words. */
export const redisSettings = (config: RedisConfig) => {
  const tls = {
    ...(config.REDIS_TLS_CA !== undefined && { caFile: config.REDIS_TLS_CA }),
    ...(config.REDIS_TLS_CERT !== undefined && { certFile: config.REDIS_TLS_CERT }),
    ...(config.REDIS_TLS_KEY !== undefined && { keyFile: config.REDIS_TLS_KEY }),
  };
  return {
    url: config.REDIS_URL,
    ...(config.REDIS_USERNAME !== undefined && { username: config.REDIS_USERNAME }),
    ...(config.REDIS_PASSWORD !== undefined && { password: config.REDIS_PASSWORD }),
    ...(Object.keys(tls).length > 0 && { tls }),
    ttlSeconds: config.SESSION_TTL_S,
  };
};
