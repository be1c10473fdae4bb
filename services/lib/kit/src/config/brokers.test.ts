import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../env.ts';
import { ingressSchema } from './ingress.ts';
import { natsSettings } from './nats.ts';
import { redisSettings } from './redis.ts';
import { transcriberSchema } from './transcriber.ts';

const nats = (env: Record<string, string>) => natsSettings(readConfig(ingressSchema, env));
const redis = (env: Record<string, string>) => redisSettings(readConfig(transcriberSchema, env));

/** Both processes read the brokers' variables by the same rules. */
const mistakes = (env: Record<string, string>): readonly string[] => {
  const [ingress, transcriber] = [ingressSchema, transcriberSchema].map((schema) => {
    try {
      readConfig<unknown>(schema, env);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.mistakes;
      throw error;
    }
  });
  expect(ingress).toEqual(transcriber);
  return ingress!;
};

describe('the settings of NATS', () => {
  it('have defaults for one server on this machine', () => {
    expect(nats({})).toEqual({
      servers: ['nats://127.0.0.1:4222'],
      ringSeconds: 45,
      ackWaitMs: 5_000,
      audioMaxBytes: 1024 ** 3,
      objectsMaxBytes: 2 * 1024 ** 3,
      replicas: 1,
    });
  });

  it('read a list of servers in any spelling', () => {
    expect(nats({ NATS_URL: 'nats://a, b:4333 ,TLS://[::1]:4222/,nats://u:p%40ss@nats-2.svc.local' }).servers).toEqual([
      'nats://a',
      'b:4333',
      'TLS://[::1]:4222/',
      'nats://u:p%40ss@nats-2.svc.local',
    ]);
  });

  it.each(['ws://a:80', 'a,,b', 'nats://a:0', 'nats://a:70000', 'nats://a:b', 'http://a', 'nats://u:%@a', 'nats://@a'])(
    'refuse %s',
    (url) => {
      expect(mistakes({ NATS_URL: url })).toEqual([expect.stringMatching(/^NATS_URL is ".*"; it must be one or more/)]);
    },
  );

  it('show no password of a list that is wrong', () => {
    const lines = mistakes({ NATS_URL: 'nats://a,nats://u:hunter2@b:4222:1' });
    expect(lines).toEqual([expect.stringContaining('"nats://a,nats://u:***@b:4222:1"')]);
  });

  it.each([
    [
      { NATS_USER: 'u', NATS_PASSWORD: 'p' },
      { user: 'u', password: 'p' },
    ],
    [{ NATS_TOKEN: 't' }, { token: 't' }],
    [{ NATS_NKEY_SEED: 'SU' }, { nkeySeed: 'SU' }],
    [{ NATS_CREDS_FILE: 'a.creds' }, { credsFile: 'a.creds' }],
  ])('take the credentials of %o', (env, auth) => {
    expect(nats(env as Record<string, string>).auth).toEqual(auth);
  });

  it('refuse two ways to authenticate, and half of one', () => {
    expect(mistakes({ NATS_TOKEN: 'hunter2', NATS_NKEY_SEED: 'hunter2', NATS_URL: 'nats://u:hunter2@a' })).toEqual([
      'There are 3 ways to authenticate at NATS: credentials in NATS_URL, NATS_TOKEN and NATS_NKEY_SEED; set only one of them.',
    ]);
    expect(mistakes({ NATS_USER: 'u' })).toEqual(['NATS_USER is set and NATS_PASSWORD is not; set both or neither.']);
  });

  it('take the files of TLS', () => {
    expect(nats({ NATS_TLS_CA: 'ca', NATS_TLS_CERT: 'cert', NATS_TLS_KEY: 'key' }).tls).toEqual({
      caFile: 'ca',
      certFile: 'cert',
      keyFile: 'key',
    });
    expect(mistakes({ NATS_TLS_KEY: 'key' })).toEqual([
      'NATS_TLS_KEY is set and NATS_TLS_CERT is not; set both or neither.',
    ]);
  });

  it('keep to their limits', () => {
    const memory = { NATS_AUDIO_MAX_MB: '1', NATS_UPLOADS_MAX_MB: '15' };
    const wrong = { NATS_REPLICAS: '6', AUDIO_RING_S: '9', CLAIM_ACK_WAIT_MS: '999', ...memory };
    expect(mistakes(wrong)).toHaveLength(5);
    const right = { NATS_REPLICAS: '3', AUDIO_RING_S: '60', CLAIM_ACK_WAIT_MS: '2000' };
    expect(nats({ ...right, NATS_AUDIO_MAX_MB: '64', NATS_UPLOADS_MAX_MB: '128' })).toMatchObject({
      replicas: 3,
      ringSeconds: 60,
      ackWaitMs: 2_000,
      audioMaxBytes: 64 * 1024 ** 2,
      objectsMaxBytes: 128 * 1024 ** 2,
    });
  });
});

describe('the settings of Redis', () => {
  it('have defaults for a server on this machine', () => {
    expect(redis({})).toEqual({ url: 'redis://127.0.0.1:6379', ttlSeconds: 3_600 });
  });

  it('take a user, a password and TLS files', () => {
    const env = { REDIS_URL: 'rediss://db:6380/1', REDIS_USERNAME: 'u', REDIS_PASSWORD: 'p', REDIS_TLS_CA: 'ca' };
    expect(redis({ ...env, SESSION_TTL_S: '600' })).toEqual({
      url: 'rediss://db:6380/1',
      username: 'u',
      password: 'p',
      tls: { caFile: 'ca' },
      ttlSeconds: 600,
    });
  });

  it('refuse what cannot be meant', () => {
    expect(mistakes({ REDIS_URL: 'db:6379' })).toEqual([expect.stringMatching(/^REDIS_URL is "db:6379"; it must be/)]);
    expect(mistakes({ REDIS_URL: 'redis://:hunter2@db', REDIS_PASSWORD: 'hunter2' })).toEqual([
      'There is a password in REDIS_URL and one in REDIS_PASSWORD; set only one of them.',
    ]);
    expect(mistakes({ REDIS_USERNAME: 'u' })).toEqual([
      'REDIS_USERNAME is set and REDIS_PASSWORD is not; set both, or the password alone.',
    ]);
    expect(mistakes({ REDIS_TLS_CERT: 'cert' })).toEqual([
      'REDIS_TLS_CERT is set and REDIS_TLS_KEY is not; set both or neither.',
    ]);
  });
});
