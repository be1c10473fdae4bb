import { beforeAll, describe, expect, it } from 'vitest';
import { CASES } from './cases.ts';
import { render, type Values, withoutHelm } from './chart.ts';
import { type Manifest, named, ofKind, podsOf, selects } from './manifests.ts';
import { isReachedBy, type Peer, reaches } from './network.ts';

const NAME = 'speech-verbatim';
const INGRESS = `${NAME}-ingress`;
const TRANSCRIBER = `${NAME}-transcriber-default`;
const MEDIA = `${NAME}-media`;
const NATS = `${NAME}-nats`;
const REDIS = `${NAME}-redis`;
const TEST = `${NAME}-test`;
const PROCESSES = [INGRESS, TRANSCRIBER, MEDIA];

const PUBLIC: Peer = { address: '93.184.215.14' };
const PUBLIC_V6: Peer = { address: '2606:2800:21f:cb07:6820:80da:af6b:8b2c' };
const PRIVATE: Peer = { address: '10.1.2.3' };
const METADATA_SERVER: Peer = { address: '169.254.169.254' };
const DNS: Peer = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
const OPENSHIFT_DNS: Peer = { namespace: 'openshift-dns' };
const WEB: Peer = { namespace: 'web' };
const PROMETHEUS: Peer = { namespace: 'monitoring' };
const KEDA: Peer = { namespace: 'keda' };
const EVERYBODY = [PUBLIC, PUBLIC_V6, PRIVATE, METADATA_SERVER, DNS, WEB, PROMETHEUS, KEDA];
const PORTS = [53, 80, 443, 4222, 6379, 8000, 8001, 8222, 9090, 50051];

const KEDA_BY_NATS = { transcriber: { autoscaling: { enabled: true, by: 'keda' } } };

const ANY = [...PORTS, 4223, 4318, 6380, 7000, 7001, 8080, 26_379, 26_380].sort((a, b) => a - b);
const SENTINELS = 'sentinel://s1.example,s2.example:26380/speech';

const models = (values: Values): Values => ({ transcriber: { models: values } });
const nats = (url: string): Values => ({ nats: { enabled: false, url } });
const redis = (url: string): Values => ({ redis: { enabled: false, url } });

/** With what, whom a process may reach, and at which of the ports in ANY. */
const OPENED: readonly (readonly [string, Values, string, Peer, readonly number[]])[] = [
  ['models in the image', models({ from: 'image' }), TRANSCRIBER, PUBLIC, []],
  ['a mirror at a port', models({ mirror: 'http://mirror.example:8080/hub' }), TRANSCRIBER, PRIVATE, [8080]],
  ['a mirror by https', models({ mirror: 'https://mirror.example' }), TRANSCRIBER, PRIVATE, [443]],
  ['a mirror by http', models({ mirror: 'http://mirror.example' }), TRANSCRIBER, PRIVATE, [80]],
  ['a secret for webhooks', { secrets: { webhookSecret: `whsec_${'QUJD'.repeat(8)}` } }, MEDIA, PUBLIC, ANY],
  ['a secret of the user', { secrets: { existingSecret: 'mine' } }, MEDIA, METADATA_SERVER, []],
  ['an admin key alone', { secrets: { adminKey: 'a-key-of-sixteen-letters' } }, MEDIA, PUBLIC, []],
  ['traces', { tracing: { endpoint: 'http://collector:4318/otlp' } }, INGRESS, WEB, [4318]],
  ['traces by https', { tracing: { endpoint: 'https://collector.example' } }, MEDIA, PUBLIC, [443]],
  ['NATS by url', nats('nats://n1:4223,n2'), INGRESS, PRIVATE, [4222, 4223]],
  ['Redis by url', redis('rediss://redis.example:6380/1'), TRANSCRIBER, PRIVATE, [6380]],
  ['Redis without a port', redis('redis://redis.example'), MEDIA, PRIVATE, [6379]],
  ['Redis at an address of IPv6', redis('redis://[fd00::1]'), MEDIA, PRIVATE, [6379]],
  ['sentinels', redis(`redis+${SENTINELS}`), INGRESS, PRIVATE, [6379, 26_379, 26_380]],
  ['sentinels by TLS', redis(`rediss+${SENTINELS}`), INGRESS, PRIVATE, [6379, 26_379, 26_380]],
  ['a Redis Cluster', redis('redis+cluster://r1:7000,r2:7001'), INGRESS, PRIVATE, [6379, 7000, 7001]],
];

const hasNone = (values: Values): boolean => JSON.stringify(values.networkPolicy) === '{"enabled":false}';
const portText = ({ protocol, port }: { readonly protocol: string; readonly port: number }) => `${protocol} ${port}`;

describe.skipIf(withoutHelm)(`network policies of the chart${withoutHelm}`, () => {
  it.each(CASES.filter(({ values }) => !hasNone(values)))('hold for every pod with $title', async (release) => {
    const manifests = await render(release.values, release);
    const [deny] = ofKind(manifests, 'NetworkPolicy').filter(({ spec }) => spec.policyTypes.length === 2);
    expect(Object.keys(deny?.spec)).toEqual(['podSelector', 'policyTypes']);
    for (const { labels } of podsOf(manifests)) expect(selects(deny?.spec.podSelector, labels)).toBe(true);
    // A policy that means no pod opens nothing for anybody.
    for (const { metadata, spec } of ofKind(manifests, 'NetworkPolicy')) {
      expect(
        podsOf(manifests).some(({ labels }) => selects(spec.podSelector, labels)),
        metadata.name,
      ).toBe(true);
    }
  });

  it('are absent where they are off', async () => {
    const manifests = await render({ networkPolicy: { enabled: false } });
    expect(ofKind(manifests, 'NetworkPolicy')).toEqual([]);
  });

  describe('of the values as they are', () => {
    let manifests: readonly Manifest[];
    beforeAll(async () => {
      manifests = await render({});
    });

    it('let every process find names, NATS and Redis', () => {
      for (const process of PROCESSES) {
        for (const protocol of ['UDP', 'TCP']) {
          expect(reaches(manifests, process, DNS, 53, protocol)).toBe(true);
          expect(reaches(manifests, process, OPENSHIFT_DNS, 5353, protocol)).toBe(true);
        }
        expect(reaches(manifests, process, { pod: NATS }, 4222), process).toBe(true);
        expect(reaches(manifests, process, { pod: REDIS }, 6379), process).toBe(true);
      }
    });

    it('let nobody else reach NATS and Redis, which reach nobody', () => {
      for (const broker of [NATS, REDIS]) {
        expect(reaches(manifests, TEST, { pod: broker }, broker === NATS ? 4222 : 6379)).toBe(false);
        for (const port of PORTS) {
          for (const peer of EVERYBODY) {
            expect(isReachedBy(manifests, broker, peer, port)).toBe(false);
            expect(reaches(manifests, broker, peer, port)).toBe(false);
          }
        }
      }
    });

    it('open the doors to all, metrics to the namespace monitoring, and nothing else', () => {
      const open = (pod: string, peer: Peer) => PORTS.filter((port) => isReachedBy(manifests, pod, peer, port));
      expect(open(INGRESS, WEB)).toEqual([8000, 50051]);
      expect(open(INGRESS, PUBLIC)).toEqual([8000, 50051]);
      expect(open(INGRESS, PROMETHEUS)).toEqual([8000, 9090, 50051]);
      expect(open(TRANSCRIBER, PROMETHEUS)).toEqual([9090]);
      expect(open(MEDIA, PROMETHEUS)).toEqual([8001]);
      for (const pod of [TRANSCRIBER, MEDIA, TEST]) expect(open(pod, WEB)).toEqual([]);
    });

    it('let helm test speak to the doors', () => {
      expect(reaches(manifests, TEST, { pod: INGRESS }, 8000)).toBe(true);
      expect(reaches(manifests, TEST, DNS, 53, 'UDP')).toBe(true);
      expect(PORTS.filter((port) => reaches(manifests, TEST, PUBLIC, port))).toEqual([]);
    });

    it('let transcribers fetch models from public addresses, and nobody else reach any', () => {
      const open = (pod: string, peer: Peer) => PORTS.filter((port) => reaches(manifests, pod, peer, port));
      for (const peer of [PUBLIC, PUBLIC_V6]) {
        expect(open(TRANSCRIBER, peer)).toEqual([443]);
        for (const pod of [INGRESS, MEDIA]) expect(open(pod, peer)).toEqual([]);
      }
      for (const pod of PROCESSES) {
        for (const peer of [PRIVATE, METADATA_SERVER, WEB]) expect(open(pod, peer), pod).toEqual([]);
      }
    });
  });

  it.each(OPENED)('with %s %j let %s reach %j at %j', async (_title, values, pod, peer, ports) => {
    const manifests = await render(values);
    expect(ANY.filter((port) => reaches(manifests, pod, peer, port))).toEqual(ports);
  });

  it('name no port twice', async () => {
    const manifests = await render(redis('redis+cluster://r1:6379,r2:6379'));
    const { spec } = named(manifests, 'NetworkPolicy', `${NAME}-processes`);
    for (const { ports } of spec.egress) expect(new Set(ports.map(portText)).size).toBe(ports.length);
  });

  it('let KEDA watch the chart’s NATS where it scales by that, from the namespace that it runs in', async () => {
    expect(isReachedBy(await render(KEDA_BY_NATS), NATS, KEDA, 8222)).toBe(true);
    const autoscaling = { ...KEDA_BY_NATS.transcriber.autoscaling, keda: { namespace: 'web' } };
    const manifests = await render({ transcriber: { autoscaling } });
    expect(isReachedBy(manifests, NATS, KEDA, 8222)).toBe(false);
    expect(isReachedBy(manifests, NATS, WEB, 8222)).toBe(true);
    expect(isReachedBy(manifests, NATS, WEB, 4222)).toBe(false);
  });

  it('open what the values say in place of that', async () => {
    const from = (namespace: string) => [
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
    ];
    const block = [{ ipBlock: { cidr: '10.1.0.0/16' } }];
    const manifests = await render({
      networkPolicy: {
        clients: from('web'),
        metrics: from('web'),
        dns: block,
        nats: block,
        redis: from('web'),
        webhooks: block,
        modelSources: block,
      },
      ...nats('nats://n1'),
      ...redis('redis://r1'),
      secrets: { existingSecret: 'mine' },
    });
    expect(isReachedBy(manifests, INGRESS, WEB, 8000)).toBe(true);
    expect(isReachedBy(manifests, INGRESS, PUBLIC, 8000)).toBe(false);
    expect(reaches(manifests, TEST, { pod: INGRESS }, 8000)).toBe(true);
    expect(isReachedBy(manifests, MEDIA, WEB, 8001)).toBe(true);
    expect(isReachedBy(manifests, MEDIA, PROMETHEUS, 8001)).toBe(false);
    expect(reaches(manifests, INGRESS, PRIVATE, 53, 'UDP')).toBe(true);
    expect(reaches(manifests, INGRESS, DNS, 53, 'UDP')).toBe(false);
    expect(reaches(manifests, INGRESS, PRIVATE, 4222)).toBe(true);
    expect(reaches(manifests, INGRESS, PUBLIC, 4222)).toBe(false);
    expect(reaches(manifests, INGRESS, WEB, 6379)).toBe(true);
    expect(reaches(manifests, INGRESS, PRIVATE, 6379)).toBe(false);
    for (const pod of [MEDIA, TRANSCRIBER]) {
      expect(reaches(manifests, pod, PRIVATE, 8443), pod).toBe(true);
      expect(reaches(manifests, pod, PUBLIC, 443), pod).toBe(false);
    }
  });
});
