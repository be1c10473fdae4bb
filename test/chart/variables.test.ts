import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ingressSchema, mediaSchema, readConfig, transcriberSchema } from '@verbatim/kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { OWN_BROKERS } from './cases.ts';
import { CHART, render, withoutHelm } from './chart.ts';
import { containersOf, named, podOf, podsOf } from './manifests.ts';

/** The variables of each process, by their names. */
const PROCESSES = {
  ingress: ingressSchema.in.shape,
  transcriber: transcriberSchema.in.shape,
  media: mediaSchema.shape,
};
type Variable = (typeof PROCESSES.media)['PORT'];
const VARIABLES: Readonly<Record<string, Variable>> = Object.assign({}, ...Object.values(PROCESSES));

/** What the chart sets from other values, and so refuses in `config`. */
const FROM_OTHER_VALUES = [
  ...['NATS_URL', 'NATS_REPLICAS', 'NATS_AUDIO_MAX_MB', 'NATS_UPLOADS_MAX_MB', 'NATS_CREDS_FILE'],
  ...['NATS_TLS_CA', 'NATS_TLS_CERT', 'NATS_TLS_KEY', 'NATS_USER', 'NATS_PASSWORD', 'NATS_TOKEN', 'NATS_NKEY_SEED'],
  ...['REDIS_URL', 'REDIS_USERNAME', 'REDIS_PASSWORD', 'REDIS_TLS_CA', 'REDIS_TLS_CERT', 'REDIS_TLS_KEY'],
  ...['STT_MODEL', 'STT_MODELS', 'STREAMING_WORKERS', 'MAX_SESSIONS', 'VERBATIM_MODEL_SOURCE'],
  ...['ADMIN_KEY', 'WEBHOOK_SECRET', 'CONSOLE', 'DRAIN_MS', 'MEDIA_CONCURRENCY', 'SPOOL_DIR'],
];

/** What neither the chart nor its users set, and why. */
const LEFT_ALONE: Readonly<Record<string, string>> = {
  HOST: 'the images listen on all addresses',
  PORT: 'the ports of containers are those of the processes; services have ports of their own',
  GRPC_PORT: 'as PORT',
  METRICS_PORT: 'as PORT',
  WHISPER_MODEL: 'another word for STT_MODEL, which pools have',
  HF_ENDPOINT: 'another word for VERBATIM_MODEL_SOURCE, which is transcriber.models.mirror',
  VERBATIM_CACHE_DIR: 'the images name it, and the volume of models is mounted there',
  XDG_CACHE_HOME: 'what VERBATIM_CACHE_DIR stands for',
  LOCALAPPDATA: 'of Windows',
};

interface ConfigProperty {
  readonly enum?: readonly string[];
  readonly type?: string;
  readonly anyOf?: readonly { readonly type: string; readonly minimum?: number; readonly maximum?: number }[];
}

describe('variables in the chart’s config', () => {
  let config: Readonly<Record<string, ConfigProperty>>;
  beforeAll(async () => {
    const schema = JSON.parse(await readFile(path.join(CHART, 'values.schema.json'), 'utf8'));
    config = schema.properties.config.properties;
  });

  it('are variables that a process reads', () => {
    expect(Object.keys(config).filter((name) => !(name in VARIABLES))).toEqual([]);
  });

  it('and those that the chart sets or leaves alone are all that the processes read', () => {
    const known = [...Object.keys(config), ...FROM_OTHER_VALUES, ...Object.keys(LEFT_ALONE)];
    expect(known.sort()).toEqual(Object.keys(VARIABLES).sort());
  });

  it('have the limits of the processes, and fractions where these take them', () => {
    let compared = 0;
    for (const [name, { anyOf: [number] = [] }] of Object.entries(config)) {
      const limits = /from (\S+) to ([^;]+)$/.exec(mistakeOf(name, 'x'));
      if (limits === null) continue;
      compared += 1;
      const [minimum = Number.NaN, maximum = Number.NaN] = limits.slice(1).map(Number);
      const type = mistakeOf(name, String(maximum - 0.5)) === '' ? 'number' : 'integer';
      expect(number, name).toEqual({ type, minimum, maximum });
    }
    expect(compared).toBeGreaterThan(15);
  });

  it('have the words of the processes', () => {
    for (const [name, { enum: words }] of Object.entries(config)) {
      for (const word of words ?? []) expect(mistakeOf(name, word), `${name}=${word}`).toBe('');
    }
    expect(mistakeOf('LOG_LEVEL', 'x')).toBe(`must be one of ${config.LOG_LEVEL?.enum?.join(', ')}`);
  });
});

describe.skipIf(withoutHelm)(`variables of the chart’s pods${withoutHelm}`, () => {
  const everything = {
    ...OWN_BROKERS,
    nats: { ...OWN_BROKERS.nats, credsSecret: '', existingSecret: 'nats' },
    transcriber: { models: { mirror: 'https://mirror.example' } },
    secrets: { existingSecret: 'mine' },
  };

  it('are those that a process reads, or OpenTelemetry', async () => {
    const set = new Set<string>();
    // There is one way at a time to authenticate at NATS.
    for (const values of [{ ...everything, tracing: { endpoint: 'http://collector:4318' } }, OWN_BROKERS]) {
      const manifests = await render(values);
      for (const name of Object.keys(named(manifests, 'ConfigMap', 'speech-verbatim').data ?? {})) set.add(name);
      for (const pod of podsOf(manifests)) {
        for (const { env = [] } of containersOf(pod)) for (const { name } of env) set.add(name);
      }
    }
    // The first two stand in OTEL_RESOURCE_ATTRIBUTES.
    const others = [...set].filter((name) => !(name in VARIABLES) && !name.startsWith('OTEL_')).sort();
    expect(others).toEqual(['NODE_NAME', 'POD_NAME']);
    expect(FROM_OTHER_VALUES.filter((name) => !set.has(name))).toEqual([]);
  });

  it.each([
    ['ingress', ingressSchema],
    ['transcriber-default', transcriberSchema],
    ['media', mediaSchema],
  ])('of %s are a configuration that the process takes', async (process, schema) => {
    const manifests = await render({ config: { SESSION_TTL_S: 2_592_000, WEBHOOK_ALLOW: 'a,b' } });
    const [{ env }] = podOf(manifests, `speech-verbatim-${process}`).spec.containers;
    const values = env.flatMap(({ name, value }: { readonly name: string; readonly value?: string }) =>
      value === undefined ? [] : [[name, value]],
    );
    const shared = named(manifests, 'ConfigMap', 'speech-verbatim').data;
    expect(readConfig<object>(schema, { ...shared, ...Object.fromEntries(values) })).toMatchObject({
      SESSION_TTL_S: 2_592_000,
      NATS_URL: ['nats://speech-verbatim-nats:4222'],
    });
  });
});

/** What a process says of a variable's value; empty where it takes it. */
const mistakeOf = (name: string, value: string): string =>
  VARIABLES[name]?.safeParse(value).error?.issues[0]?.message ?? '';
