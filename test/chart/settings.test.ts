import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findProgram } from '@verbatim/kit';
import { describe, expect, it } from 'vitest';
import { runAnyhow } from '../kube/run.ts';
import { OWN_BROKERS } from './cases.ts';
import { render, type Values, withoutHelm } from './chart.ts';
import { type Manifest, named, ofKind, podOf, podsOf, variablesOf } from './manifests.ts';

const NAME = 'speech-verbatim';
const PROCESSES = ['ingress', 'transcriber-default', 'media'].map((process) => `${NAME}-${process}`);
const NATS_SERVER = findProgram('nats-server');
const DIGESTS = 'verbatim.dev/settings';
const ADMIN_KEY = 'a-key-of-sixteen-letters';
const WEBHOOK_SECRET = `whsec_${'QUJD'.repeat(8)}`;

const settingsOf = (manifests: readonly Manifest[]) => named(manifests, 'ConfigMap', NAME).data ?? {};

/** What makes the pods of each process start anew. */
const digestsOf = async (values: Values) => {
  const manifests = await render(values);
  return PROCESSES.map((process) => podOf(manifests, process).annotations[DIGESTS]);
};

const fromSecret = (name: string, key: string) => ({ secretKeyRef: { name, key, optional: true } });

describe.skipIf(withoutHelm)(`settings by the chart${withoutHelm}`, () => {
  it('reach every process', async () => {
    const manifests = await render({});
    for (const process of PROCESSES) {
      const [container] = podOf(manifests, process).spec.containers;
      expect(container.envFrom, process).toEqual([{ configMapRef: { name: NAME } }]);
    }
  });

  it('are as the processes read them: a million is no 1e+06', async () => {
    const config = { LOG_LEVEL: 'debug', SESSION_TTL_S: 2_592_000, WHISPER_ACCUMULATION_S: 0.25, MIN_CHUNK_MS: '60' };
    const settings = settingsOf(await render({ config, nats: { audioMaxMB: 1_048_576, uploadsMaxMB: 1_048_576 } }));
    expect(settings).toEqual({
      LOG_LEVEL: 'debug',
      SESSION_TTL_S: '2592000',
      WHISPER_ACCUMULATION_S: '0.25',
      MIN_CHUNK_MS: '60',
      NATS_URL: 'nats://speech-verbatim-nats:4222',
      NATS_REPLICAS: '1',
      NATS_AUDIO_MAX_MB: '1048576',
      NATS_UPLOADS_MAX_MB: '1048576',
      MAX_UPLOAD_MB: '2048',
      REDIS_URL: 'redis://speech-verbatim-redis:6379',
    });
  });

  it('take no file that never fits into what NATS may hold, unless somebody says so', async () => {
    const mostOf = async (values: Values) => settingsOf(await render(values)).MAX_UPLOAD_MB;
    expect(await mostOf({ nats: { uploadsMaxMB: 512 } })).toBe('486');
    expect(await mostOf({ nats: { uploadsMaxMB: 512 }, config: { MAX_UPLOAD_MB: 100 } })).toBe('100');
  });

  it('that change start the pods anew, and those that stay do not', async () => {
    const before = await digestsOf({});
    expect(await digestsOf({ ingress: { replicas: 5 } })).toEqual(before);
    const changes: readonly Values[] = [
      { config: { LOG_LEVEL: 'debug' } },
      { secrets: { adminKey: ADMIN_KEY } },
      { nats: { audioMaxMB: 1024 } },
      { tracing: { endpoint: 'http://collector:4318' } },
    ];
    for (const values of changes) {
      const after = await digestsOf(values);
      for (const [index, digest] of after.entries()) expect(digest, JSON.stringify(values)).not.toBe(before[index]);
    }
  });

  it('of NATS and Redis by url take the place of the chart’s own', async () => {
    const manifests = await render(OWN_BROKERS);
    expect(ofKind(manifests, 'StatefulSet')).toEqual([]);
    const components = manifests.map(({ metadata }) => metadata.labels['app.kubernetes.io/component']);
    expect(components).not.toContain('nats');
    expect(components).not.toContain('redis');
    expect(settingsOf(manifests)).toMatchObject({
      NATS_URL: OWN_BROKERS.nats.url,
      NATS_REPLICAS: '3',
      REDIS_URL: OWN_BROKERS.redis.url,
    });
  });

  it('name files of certificates and credentials that are mounted into every process', async () => {
    const manifests = await render(OWN_BROKERS);
    const files = Object.entries(settingsOf(manifests)).filter(([, value]) => value.startsWith('/'));
    expect(Object.fromEntries(files)).toEqual({
      NATS_CREDS_FILE: '/etc/verbatim/nats-creds/nats.creds',
      NATS_TLS_CA: '/etc/verbatim/nats-tls/ca.crt',
      NATS_TLS_CERT: '/etc/verbatim/nats-tls/tls.crt',
      NATS_TLS_KEY: '/etc/verbatim/nats-tls/tls.key',
      REDIS_TLS_CA: '/etc/verbatim/redis-tls/ca.crt',
      REDIS_TLS_CERT: '/etc/verbatim/redis-tls/tls.crt',
      REDIS_TLS_KEY: '/etc/verbatim/redis-tls/tls.key',
    });
    for (const process of PROCESSES) {
      const { spec } = podOf(manifests, process);
      const paths = spec.containers[0].volumeMounts.map(({ mountPath }: Mount) => mountPath);
      for (const [, file] of files) expect(paths, process).toContain(file.slice(0, file.lastIndexOf('/')));
      expect(spec.volumes).toContainEqual({ name: 'nats-creds', secret: { secretName: 'creds' } });
      expect(spec.volumes).toContainEqual({ name: 'redis-tls', secret: { secretName: 'broker-ca' } });
    }
  });

  it('name no client certificate where the server asks for none', async () => {
    const { nats, redis } = OWN_BROKERS;
    const settings = settingsOf(
      await render({
        nats: { ...nats, tlsClientCertificate: false },
        redis: { ...redis, tlsClientCertificate: false },
      }),
    );
    expect(Object.keys(settings).filter((name) => name.includes('_TLS_'))).toEqual(['NATS_TLS_CA', 'REDIS_TLS_CA']);
  });

  it('take passwords of NATS and Redis from secrets, for servers of the chart, too', async () => {
    const manifests = await render({ nats: { existingSecret: 'n' }, redis: { existingSecret: 'r' } });
    for (const process of PROCESSES) {
      expect(variablesOf(podOf(manifests, process)), process).toMatchObject({
        NATS_TOKEN: fromSecret('n', 'NATS_TOKEN'),
        NATS_USER: fromSecret('n', 'NATS_USER'),
        NATS_PASSWORD: fromSecret('n', 'NATS_PASSWORD'),
        NATS_NKEY_SEED: fromSecret('n', 'NATS_NKEY_SEED'),
        REDIS_USERNAME: fromSecret('r', 'REDIS_USERNAME'),
        REDIS_PASSWORD: fromSecret('r', 'REDIS_PASSWORD'),
      });
    }
    expect(podOf(manifests, `${NAME}-redis`).spec.containers[0].command).toEqual(
      expect.arrayContaining(['--requirepass', '$(REDIS_PASSWORD)']),
    );
  });

  it.skipIf(NATS_SERVER === undefined).each(['0a1b', '5e7f0a9b', '1234', '$token', 'a}b#c'])(
    'of the chart’s own NATS are a configuration with the token %s',
    async (token) => {
      const manifests = await render({ nats: { existingSecret: 'n' } });
      const config = named(manifests, 'ConfigMap', `${NAME}-nats`).data?.['nats.conf'] ?? '';
      expect(config).toContain('authorization');
      const { QUOTED_TOKEN } = variablesOf(podOf(manifests, `${NAME}-nats`));
      // The kubelet puts the secret where it is named.
      const env = { POD_NAME: 'nats-0', QUOTED_TOKEN: String(QUOTED_TOKEN).replace('$(NATS_TOKEN)', () => token) };
      const folder = await mkdtemp(path.join(tmpdir(), 'verbatim-chart-nats-'));
      try {
        const file = path.join(folder, 'nats.conf');
        await writeFile(file, config);
        const { code, stderr } = await runAnyhow(NATS_SERVER ?? '', ['-t', '--config', file], { env });
        expect(stderr).toContain('is valid');
        expect(code).toBe(0);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  it('of the chart’s own Redis end its growth before its container is killed for it', async () => {
    const commandOf = async (redis: object) =>
      podOf(await render({ redis }), `${NAME}-redis`).spec.containers[0].command.join(' ');
    expect(await commandOf({})).toContain('--maxmemory 640mb --maxmemory-policy noeviction');
    expect(await commandOf({ maxMemoryMB: 1_048_576 })).toContain('--maxmemory 1048576mb');
  });

  it('of the chart’s own NATS leave room for audio, uploads and claims', async () => {
    const manifests = await render({ nats: { audioMaxMB: 100, uploadsMaxMB: 200 } });
    expect(named(manifests, 'ConfigMap', `${NAME}-nats`).data?.['nats.conf']).toContain('max_memory_store: 364MB');
    expect(variablesOf(podOf(manifests, `${NAME}-nats`))).toMatchObject({ GOMEMLIMIT: '546MiB' });
  });

  it('of the chart’s own NATS keep it from taking more than its container may have', async () => {
    const [{ env, resources }] = podOf(await render({}), `${NAME}-nats`).spec.containers;
    const { value } = env.find(({ name }: { readonly name: string }) => name === 'GOMEMLIMIT');
    expect(resources.limits.memory).toBe('2Gi');
    expect(Number.parseInt(value, 10)).toBeLessThan(0.85 * 2048);
  });

  it('that are secret stand in a secret, for those that need them and only there', async () => {
    const manifests = await render({ secrets: { adminKey: ADMIN_KEY, webhookSecret: WEBHOOK_SECRET } });
    expect(ofKind(manifests, 'Secret')).toHaveLength(1);
    expect(named(manifests, 'Secret', NAME).stringData).toEqual({ ADMIN_KEY, WEBHOOK_SECRET });
    const rest = JSON.stringify(manifests.filter(({ kind }) => kind !== 'Secret'));
    for (const secret of [ADMIN_KEY, WEBHOOK_SECRET]) expect(rest).not.toContain(secret);
    expectSecretsOf(manifests, NAME);
  });

  it('that are secret may stand in a secret of the user', async () => {
    const manifests = await render({ secrets: { existingSecret: 'mine' } });
    expect(ofKind(manifests, 'Secret')).toEqual([]);
    expectSecretsOf(manifests, 'mine');
  });

  it('have no secret where there is none', async () => {
    const manifests = await render({});
    expect(ofKind(manifests, 'Secret')).toEqual([]);
    for (const pod of podsOf(manifests)) expect(JSON.stringify(pod.spec)).not.toContain('ADMIN_KEY');
  });

  it('of traces go by OpenTelemetry’s own names, and pods say which they are', async () => {
    const tracing = { endpoint: 'http://collector:4318', sampler: 'traceidratio', samplerArg: '0.1' };
    const manifests = await render({ tracing });
    expect(settingsOf(manifests)).toMatchObject({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.1',
    });
    expect(variablesOf(podOf(manifests, `${NAME}-ingress`))).toMatchObject({
      OTEL_RESOURCE_ATTRIBUTES: 'k8s.namespace.name=voices,k8s.pod.name=$(POD_NAME),k8s.node.name=$(NODE_NAME)',
    });
    expect(Object.keys(settingsOf(await render({}))).filter((name) => name.startsWith('OTEL'))).toEqual([]);
  });

  it('give a stopping ingress the time that its drain takes', async () => {
    const manifests = await render({ ingress: { drainSeconds: 120 } });
    const pod = podOf(manifests, `${NAME}-ingress`);
    expect(variablesOf(pod)).toMatchObject({ DRAIN_MS: '120000' });
    const { terminationGracePeriodSeconds, containers } = pod.spec;
    expect(terminationGracePeriodSeconds).toBeGreaterThan(120 + containers[0].lifecycle.preStop.sleep.seconds);
  });
});

interface Mount {
  readonly mountPath: string;
}

/** The doors know both secrets, media workers sign webhooks, and transcribers know neither. */
const expectSecretsOf = (manifests: readonly Manifest[], secret: string) => {
  const admin = { ADMIN_KEY: fromSecret(secret, 'ADMIN_KEY') };
  const webhooks = { WEBHOOK_SECRET: fromSecret(secret, 'WEBHOOK_SECRET') };
  expect(variablesOf(podOf(manifests, `${NAME}-ingress`))).toMatchObject({ ...admin, ...webhooks });
  const media = variablesOf(podOf(manifests, `${NAME}-media`));
  expect(media).toMatchObject(webhooks);
  expect(media).not.toHaveProperty('ADMIN_KEY');
  const transcriber = variablesOf(podOf(manifests, `${NAME}-transcriber-default`));
  for (const name of ['ADMIN_KEY', 'WEBHOOK_SECRET']) expect(transcriber).not.toHaveProperty(name);
};
