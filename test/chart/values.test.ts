import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OWN_BROKERS } from './cases.ts';
import { CHART, type Release, refusal, render, type Values, withoutHelm } from './chart.ts';

const POOL = { name: 'fast', model: 'moonshine-tiny', slots: 30 };

const scaled = (autoscaling: Values, pools: readonly Values[] = [POOL]): Values => ({
  transcriber: { pools, autoscaling: { enabled: true, ...autoscaling } },
});

/** Values that are wrong by themselves, and the path at which helm says so. */
const WRONG: readonly (readonly [string, Values, string])[] = [
  ['a word for a number', { ingress: { replicas: 'two' } }, '/ingress/replicas'],
  ['a fraction of a pod', { media: { replicas: 1.5 } }, '/media/replicas'],
  ['a number below the least', { nats: { audioMaxMB: 4 } }, '/nats/audioMaxMB'],
  ['a number above the most', { ingress: { drainSeconds: 3600 } }, '/ingress/drainSeconds'],
  ['a value that there is not', { ingress: { replica: 2 } }, '/ingress'],
  ['a section that there is not', { gateway: {} }, 'gateway'],
  [
    'a value of a pool that there is not',
    { transcriber: { pools: [{ ...POOL, threads: 2 }] } },
    '/transcriber/pools/0',
  ],
  ['a way out that there is not', { ingress: { expose: { kind: 'Route' } } }, '/ingress/expose/kind'],
  ['a metric that there is not', scaled({ by: 'memory' }), '/transcriber/autoscaling/by'],
  ['a source of models that there is not', { transcriber: { models: { from: 'bucket' } } }, '/transcriber/models/from'],
  ['a policy that there is not', { image: { pullPolicy: 'Sometimes' } }, '/image/pullPolicy'],
  ['no model', { transcriber: { pools: [{ ...POOL, model: 'OpenAI/Whisper' }] } }, '/transcriber/pools/0/model'],
  ['a model of no name', { ingress: { models: [''] } }, '/ingress/models/0'],
  ['a pool without a model', { transcriber: { pools: [{ name: 'fast' }] } }, '/transcriber/pools/0'],
  ['no pools', { transcriber: { pools: [] } }, '/transcriber/pools'],
  ['a name that is too long', { transcriber: { pools: [{ ...POOL, name: 'sixteen-letters-' }] } }, '/pools/0/name'],
  ['a name of capitals', { fullnameOverride: 'Speech' }, '/fullnameOverride'],
  ['a name that no service may have', { fullnameOverride: '1speech' }, '/fullnameOverride'],
  ['a name with dots', { nameOverride: 'speech.to.text' }, '/nameOverride'],
  ['no quantity', { ingress: { resources: { limits: { memory: '1 GB' } } } }, '/ingress/resources/limits/memory'],
  ['a size that is none', { media: { spoolSize: 'large' } }, '/media/spoolSize'],
  ['a limit that is not of resources', { media: { resources: { limit: {} } } }, '/media/resources'],
  ['no digest', { ingress: { image: { digest: 'sha256:abc' } } }, '/ingress/image/digest'],
  ['an address of another protocol', { nats: { enabled: false, url: 'http://nats' } }, '/nats/url'],
  ['an address that is none', { redis: { enabled: false, url: 'redis.example' } }, '/redis/url'],
  ['a short key', { secrets: { adminKey: 'secret' } }, '/secrets/adminKey'],
  ['a secret of another kind', { secrets: { webhookSecret: 'hunter2' } }, '/secrets/webhookSecret'],
  ['a label that is no text', { commonLabels: { team: 7 } }, '/commonLabels/team'],
  ['a variable without a name', { ingress: { extraEnv: [{ value: '1' }] } }, '/ingress/extraEnv/0'],
  ['a budget that is none', { media: { podDisruptionBudget: { maxUnavailable: 'half' } } }, '/maxUnavailable'],
  ['a level that there is not', { config: { LOG_LEVEL: 'loud' } }, '/config/LOG_LEVEL'],
  ['a variable that the chart sets', { config: { NATS_URL: 'nats://mine:4222' } }, '/config'],
  ['a variable that traces have elsewhere', { config: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c' } }, '/config'],
  ['an interval without a unit', { monitoring: { podMonitors: { interval: '30' } } }, '/podMonitors/interval'],
];

/** Values that are right by themselves and wrong together, or that are gone, and the sentence that says so. */
const REFUSED: readonly (readonly [string, Values, Release?])[] = [
  ['apiGateway is now ingress.', { apiGateway: {} }],
  ['audioProcessor is gone: the ingress takes audio apart', { audioProcessor: { replicas: 2 } }],
  ['whisper is now a pool: transcriber.pools[].model, such as whisper-base.', { whisper: { model: 'base' } }],
  ['replicaCount is now ingress.replicas, transcriber.pools[].replicas and media.replicas.', { replicaCount: 2 }],
  ['autoscaling is now ingress.autoscaling, transcriber.autoscaling', { autoscaling: { enabled: true } }],
  ['resources is now ingress.resources, transcriber.resources and media.resources.', { resources: {} }],
  ['transcriber.replicas is now transcriber.pools[].replicas.', { transcriber: { replicas: 2 } }],
  ['transcriber.model is now transcriber.pools[].model.', { transcriber: { model: 'whisper-base' } }],
  ['starts with a letter, and "1st-verbatim" does not; set fullnameOverride.', {}, { name: '1st' }],
  ['transcriber.pools has two pools named "fast"; give each its own name.', { transcriber: { pools: [POOL, POOL] } }],
  [
    'The pool "fast" has autoscaling.minReplicas 5, which is more than maxReplicas 4.',
    scaled({ minReplicas: 5, maxReplicas: 4 }),
  ],
  ['The pool "fast" scales by sessions and has no slots', scaled({ by: 'sessions' }, [{ ...POOL, slots: undefined }])],
  ['Two pools of moonshine-tiny scale by sessions', scaled({ by: 'keda' }, [POOL, { ...POOL, name: 'other' }])],
  ['trigger prometheus and no prometheusServerAddress.', scaled({ by: 'keda', keda: { trigger: 'prometheus' } })],
  ['a NATS of your own; give keda.natsMonitoringEndpoint (HOST:PORT).', { ...scaled({ by: 'keda' }), ...OWN_BROKERS }],
  ['ingress.models names whisper-base, and no pool of transcribers has it.', { ingress: { models: ['whisper-base'] } }],
  ['nats.enabled is false and nats.url is empty; give the address of yours.', { nats: { enabled: false } }],
  ['redis.enabled is false and redis.url is empty; give the address of yours.', { redis: { enabled: false } }],
  ['nats.url is "nats://n:4222" and nats.enabled is true; set nats.enabled=false', { nats: { url: 'nats://n:4222' } }],
  ['redis.url is "redis://r" and redis.enabled is true; set redis.enabled=false', { redis: { url: 'redis://r' } }],
  ["nats.tlsSecret is for a server of yours: the chart's own has no TLS.", { nats: { tlsSecret: 'ca' } }],
  ["redis.tlsSecret is for a server of yours: the chart's own has no TLS.", { redis: { tlsSecret: 'ca' } }],
  ["nats.replicas is 3, and the chart's own NATS is one server.", { nats: { replicas: 3 } }],
  [
    'secrets.existingSecret stands in place of secrets.adminKey and secrets.webhookSecret; set one or the other.',
    { secrets: { existingSecret: 'mine', adminKey: 'a-key-of-sixteen-letters' } },
  ],
  [
    'httpPort and grpcPort are both 443; give each its own port.',
    { ingress: { service: { httpPort: 443, grpcPort: 443 } } },
  ],
  ['is for type LoadBalancer, and the type is ClusterIP.', { ingress: { service: { loadBalancerClass: 'a/b' } } }],
  ['ingress.expose.kind is Ingress and ingress.expose.host is empty.', { ingress: { expose: { kind: 'Ingress' } } }],
  [
    'kind is Gateway and ingress.expose.parentRefs names no gateway.',
    { ingress: { expose: { kind: 'Gateway', host: 'a' } } },
  ],
  [
    'media.image.repository is "verbatim/media" in nobody\'s registry: Verbatim\'s images are not published.',
    { image: { registry: '' } },
  ],
  ['nats.url has credentials in it', { nats: { enabled: false, url: 'nats://a:b@n1:4223,n2' } }],
  ['nats.existingSecret and nats.credsSecret are two ways', { nats: { existingSecret: 'a', credsSecret: 'b' } }],
  ['gRPC needs a host of its own', { ingress: { expose: { kind: 'Ingress', host: 'a', grpcHost: 'a' } } }],
  [
    'ingress.autoscaling.minReplicas is 9, which is more than maxReplicas 3.',
    { ingress: { autoscaling: { enabled: true, minReplicas: 9, maxReplicas: 3 } } },
  ],
  [
    'media.autoscaling.minReplicas is 9, which is more than maxReplicas 5.',
    { media: { autoscaling: { enabled: true, minReplicas: 9 } } },
  ],
  [
    'monitoring.podMonitors and monitoring.serviceMonitor scrape the same pods; enable one of them.',
    { monitoring: { podMonitors: { enabled: true }, serviceMonitor: { enabled: true } } },
  ],
];

describe.skipIf(withoutHelm)(`values that the chart does not take${withoutHelm}`, () => {
  it.each(WRONG)('are named by their path: %s', async (_title, values, path) => {
    expect(await refusal(values)).toMatch(new RegExp(`at '[^']*${path}'|'${path}'`));
  });

  it.each(REFUSED)('are answered with a sentence: %s', async (sentence, values, release = {}) => {
    expect(await refusal(values as Values, release as Release)).toContain(sentence);
  });

  it('are answered all at once', async () => {
    const said = await refusal({ nats: { replicas: 3 }, redis: { enabled: false }, whisper: {} });
    expect(said.match(/^ {2}- /gm)).toHaveLength(3);
  });

  it('are all that the chart checks: each of its sentences is said to a row above', async () => {
    const checks = await readFile(path.join(CHART, 'templates', '_checks.tpl'), 'utf8');
    const sentences = [...checks.matchAll(/append \$mistakes (?:\(printf )?"((?:\\"|[^"])*)"/g)].map(
      ([, text = '']) => text,
    );
    expect(sentences).toHaveLength(checks.match(/append \$mistakes/g)?.length ?? 0);
    const said = await Promise.all(REFUSED.map(([, values, release]) => refusal(values, release)));
    for (const sentence of sentences) expect(said.join('')).toMatch(patternOf(sentence));
  });

  it('are all that is gone: each such name in the schema has a row above', async () => {
    const schema = JSON.parse(await readFile(path.join(CHART, 'values.schema.json'), 'utf8'));
    const goneIn = (properties: object, before: string) =>
      Object.entries(properties).flatMap(([name, { description = '' }]) =>
        description.startsWith('Is gone') ? [`${before}${name}`] : [],
      );
    const { properties } = schema;
    const gone = [...goneIn(properties, ''), ...goneIn(properties.transcriber.properties, 'transcriber.')];
    expect(gone.length).toBeGreaterThan(5);
    for (const name of gone) expect(REFUSED.filter(([sentence]) => sentence.startsWith(`${name} is `))).toHaveLength(1);
  });
});

/** A format of printf as what it may become. */
const patternOf = (format: string): RegExp =>
  new RegExp(format.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/%[sqd]/g, '\\S+?'));

describe.skipIf(withoutHelm)(`values that the chart takes${withoutHelm}`, () => {
  it.each([
    ['an autoscaler of as many pods at least as at most', scaled({ minReplicas: 4, maxReplicas: 4 })],
    [
      'two pools of a model of which one scales by sessions',
      scaled({ by: 'sessions' }, [POOL, { ...POOL, name: 'other', autoscaling: { by: 'cpu' } }]),
    ],
    ['limits that make no sense where autoscaling is off', { media: { autoscaling: { minReplicas: 9 } } }],
    ['what charts above this one share', { global: { imageRegistry: 'registry.example' } }],
    ["images of nobody's registry that are on the nodes", { image: { registry: '', pullPolicy: 'Never' } }],
    ['the condition by which such a chart has this one', { enabled: true }],
    ['a quantity as a number', { ingress: { resources: { requests: { cpu: 1, memory: 536_870_912 } } } }],
    [
      'a budget in percent, or of none',
      {
        ingress: { podDisruptionBudget: { maxUnavailable: '25%' } },
        media: { podDisruptionBudget: { maxUnavailable: 0 } },
      },
    ],
    ['a number as text', { config: { SESSION_TTL_S: '7200', RESUME_WINDOW_S: '2.5' } }],
  ])('are %s', async (_title, values) => {
    expect(await render(values as Values)).not.toEqual([]);
  });
});
