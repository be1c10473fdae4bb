import { z } from 'zod';
import { duration, integer } from '../env.ts';
import { bothOrNone, listed, type Rule } from './rule.ts';

// Before the host a name and a password, or a token, as other NATS clients take them; then a port.
const SERVER = /^(?:(?:nats|tls):\/\/)?(?:([^@/\s]+)@)?(?:\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::(\d{1,5}))?\/?$/i;

const namesServer = (text: string): boolean => {
  const match = SERVER.exec(text);
  if (match === null) return false;
  const [, credentials = '', port = '4222'] = match;
  // A % that starts no escape would be refused far from here.
  return Number(port) >= 1 && Number(port) <= 65_535 && !/%(?![0-9a-f]{2})/i.test(credentials);
};

const servers = z.string().transform((text, context) => {
  const found = text.split(',').map((part) => part.trim());
  if (found.every(namesServer)) return found;
  const message = 'must be one or more NATS servers such as nats://host:4222 or tls://host:4222, with commas between';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

export const natsVariables = {
  NATS_URL: servers.default(['nats://127.0.0.1:4222']),
  NATS_USER: z.string().optional(),
  NATS_PASSWORD: z.string().optional(),
  NATS_TOKEN: z.string().optional(),
  /** The seed of an NKey: SU… */
  NATS_NKEY_SEED: z.string().optional(),
  /** A file with a user's JWT and seed, as `nsc generate creds` writes it. */
  NATS_CREDS_FILE: z.string().optional(),
  /** PEM files: who may sign the server's certificate, and the client's own certificate and key. */
  NATS_TLS_CA: z.string().optional(),
  NATS_TLS_CERT: z.string().optional(),
  NATS_TLS_KEY: z.string().optional(),
  /** Copies of every stream in a NATS cluster. */
  NATS_REPLICAS: integer({ min: 1, max: 5 }).default(1),
  /** Memory of the NATS server for audio, of all sessions together. */
  NATS_AUDIO_MAX_MB: integer({ min: 16, max: 1_048_576, unit: 'megabytes' }).default(1_024),
  /** Memory of the NATS server for uploaded files that wait for their job, all together. */
  NATS_UPLOADS_MAX_MB: integer({ min: 16, max: 1_048_576, unit: 'megabytes' }).default(2_048),
  /** Audio of each session that is kept for a transcriber that takes it over. */
  AUDIO_RING_S: duration('s', { min: 45, max: 120 }).default(45),
  /** A transcriber that says nothing for this long loses its sessions to others. */
  CLAIM_ACK_WAIT_MS: duration('ms', { min: 1_000, max: 60_000 }).default(5_000),
};

export type NatsConfig = z.output<z.ZodObject<typeof natsVariables>>;

const oneIdentity: Rule = (values) => {
  const ways = [
    ...(Array.isArray(values.NATS_URL) && values.NATS_URL.some((server) => String(server).includes('@'))
      ? ['credentials in NATS_URL']
      : []),
    ...(values.NATS_USER !== undefined || values.NATS_PASSWORD !== undefined ? ['NATS_USER with NATS_PASSWORD'] : []),
    ...['NATS_TOKEN', 'NATS_NKEY_SEED', 'NATS_CREDS_FILE'].filter((name) => values[name] !== undefined),
  ];
  if (ways.length < 2) return undefined;
  return `There are ${ways.length} ways to authenticate at NATS: ${listed(ways)}; set only one of them.`;
};

export const natsRules: readonly Rule[] = [
  oneIdentity,
  bothOrNone('NATS_USER', 'NATS_PASSWORD'),
  bothOrNone('NATS_TLS_CERT', 'NATS_TLS_KEY'),
];

/** How to reach NATS and what to ask of it, in the bus's words. */
export const natsSettings = (config: NatsConfig) => {
  const auth = {
    ...(config.NATS_USER !== undefined && { user: config.NATS_USER }),
    ...(config.NATS_PASSWORD !== undefined && { password: config.NATS_PASSWORD }),
    ...(config.NATS_TOKEN !== undefined && { token: config.NATS_TOKEN }),
    ...(config.NATS_NKEY_SEED !== undefined && { nkeySeed: config.NATS_NKEY_SEED }),
    ...(config.NATS_CREDS_FILE !== undefined && { credsFile: config.NATS_CREDS_FILE }),
  };
  const tls = {
    ...(config.NATS_TLS_CA !== undefined && { caFile: config.NATS_TLS_CA }),
    ...(config.NATS_TLS_CERT !== undefined && { certFile: config.NATS_TLS_CERT }),
    ...(config.NATS_TLS_KEY !== undefined && { keyFile: config.NATS_TLS_KEY }),
  };
  return {
    servers: config.NATS_URL,
    ...(Object.keys(auth).length > 0 && { auth }),
    ...(Object.keys(tls).length > 0 && { tls }),
    ringSeconds: config.AUDIO_RING_S,
    ackWaitMs: config.CLAIM_ACK_WAIT_MS,
    audioMaxBytes: config.NATS_AUDIO_MAX_MB * 1024 * 1024,
    objectsMaxBytes: config.NATS_UPLOADS_MAX_MB * 1024 * 1024,
    replicas: config.NATS_REPLICAS,
  };
};
