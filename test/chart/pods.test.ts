import { beforeAll, describe, expect, it } from 'vitest';
import { CASES, type Case, TWO_POOLS } from './cases.ts';
import { render, withoutHelm } from './chart.ts';
import { containersOf, type Manifest, ofKind, type PodOf, podOf, podsOf, variablesOf } from './manifests.ts';

const QUANTITY = /^\d+(\.\d+)?(m|k|M|G|Ki|Mi|Gi)?$/;

/** The pods that go on: all but that of `helm test`. */
const serversOf = (manifests: readonly Manifest[]): readonly PodOf[] =>
  podsOf(manifests).filter(({ owner }) => owner.kind !== 'Pod');

describe.skipIf(withoutHelm)(`pods of the chart${withoutHelm}`, () => {
  describe.each(CASES)('with $title', ({ values, ...release }: Case) => {
    let manifests: readonly Manifest[];
    beforeAll(async () => {
      manifests = await render(values, release);
      expect(podsOf(manifests).length).toBeGreaterThanOrEqual(2);
    });

    it('are restricted: no root, no token, no rights, nothing to write on but volumes', () => {
      for (const pod of podsOf(manifests)) {
        expect(pod.spec, pod.owner.metadata.name).toMatchObject({
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        });
        for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod.spec).not.toHaveProperty(field);
        for (const container of containersOf(pod)) {
          expect(container.securityContext, container.name).toMatchObject({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
          expect(container.securityContext.capabilities).not.toHaveProperty('add');
        }
      }
    });

    it('say what they need, and have a limit of memory', () => {
      for (const pod of podsOf(manifests)) {
        for (const { name, resources } of containersOf(pod)) {
          expect(String(resources.requests.cpu), name).toMatch(QUANTITY);
          expect(resources.requests.memory, name).toMatch(QUANTITY);
          expect(resources.limits.memory, name).toMatch(QUANTITY);
        }
      }
    });

    it('are looked after, and not killed because NATS or Redis is away', () => {
      for (const { owner, spec } of serversOf(manifests)) {
        const [{ startupProbe, livenessProbe, readinessProbe }] = spec.containers;
        for (const probe of [startupProbe, readinessProbe]) expect(probe, owner.metadata.name).toBeDefined();
        const asksOnlyItself = livenessProbe.tcpSocket !== undefined || livenessProbe.httpGet.path === '/livez';
        expect(asksOnlyItself, owner.metadata.name).toBe(true);
        if (owner.kind === 'Deployment') expect(readinessProbe.httpGet.path).toBe('/readyz');
      }
    });

    it('have probes and services at ports that they open', () => {
      for (const { spec } of serversOf(manifests)) {
        const [{ ports, startupProbe, livenessProbe, readinessProbe }] = spec.containers;
        const names = ports.map(({ name }: { readonly name: string }) => name);
        for (const { httpGet, tcpSocket } of [startupProbe, livenessProbe, readinessProbe]) {
          const { port } = httpGet ?? tcpSocket ?? {};
          if (port !== undefined) expect(names).toContain(port);
        }
      }
    });

    it('mount only volumes that they have', () => {
      for (const { owner, spec, ...pod } of podsOf(manifests)) {
        const has = [...(spec.volumes ?? []), ...(owner.spec.volumeClaimTemplates ?? []).map(nameOfClaim)];
        const names = has.map(({ name }: { readonly name: string }) => name).sort();
        const mounts = containersOf({ owner, spec, ...pod }).flatMap(({ volumeMounts = [] }) => volumeMounts);
        expect([...new Set(mounts.map(({ name }) => name))].sort(), owner.metadata.name).toEqual(names);
      }
    });

    it('have names of at most 63 letters, and objects with names of their own', () => {
      const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(new Set(names).size).toBe(names.length);
      for (const { metadata } of manifests) {
        expect(metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
        expect(metadata.namespace).toBe(release.namespace ?? 'voices');
      }
    });

    it('and other objects have labels and annotations that are text', () => {
      for (const { metadata, spec } of manifests) {
        for (const { labels = {}, annotations = {} } of [metadata, spec?.template?.metadata ?? {}]) {
          for (const label of Object.values(labels)) expect(label).toMatch(/^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/);
          for (const annotation of Object.values(annotations)) expect(annotation).toBeTypeOf('string');
        }
      }
    });
  });

  it('are of a user that is not root by its number, or of whom the cluster says', async () => {
    for (const { spec } of podsOf(await render({}))) expect(spec.securityContext.runAsUser).toBe(1000);
    // OpenShift's "restricted-v2" gives each namespace its numbers, and refuses all others.
    const given = { podSecurityContext: { runAsUser: null, fsGroup: null } };
    for (const pod of podsOf(await render(given))) {
      for (const { securityContext } of [pod.spec, ...containersOf(pod)]) {
        for (const field of ['runAsUser', 'fsGroup']) expect(securityContext).not.toHaveProperty(field);
      }
    }
  });

  it('run where the values say, of each pool for itself', async () => {
    const nodeSelector = { zone: 'a' };
    const manifests = await render({
      transcriber: { nodeSelector, priorityClassName: 'all', pools: [TWO_POOLS[0], { ...TWO_POOLS[1], ...ONE_POOL }] },
    });
    expect(podOf(manifests, 'speech-verbatim-transcriber-fast').spec).toMatchObject({
      nodeSelector,
      priorityClassName: 'all',
    });
    const exact = podOf(manifests, 'speech-verbatim-transcriber-exact').spec;
    expect(exact).toMatchObject({ nodeSelector: { zone: 'b' }, priorityClassName: 'exact' });
    expect(exact.containers[0].resources).toEqual({
      requests: { cpu: '1', memory: '768Mi' },
      limits: { memory: '3Gi' },
    });
  });

  it('switch off for one pool what is on for all, and keep a pool of none', async () => {
    const manifests = await render({
      transcriber: {
        autoscaling: { enabled: true },
        pools: [TWO_POOLS[0], { ...TWO_POOLS[1], replicas: 0, ...NOTHING_ELSE }],
      },
    });
    expect(ofKind(manifests, 'HorizontalPodAutoscaler')).toHaveLength(1);
    const budgets = ofKind(manifests, 'PodDisruptionBudget').map(({ metadata }) => metadata.name);
    expect(budgets).not.toContain('speech-verbatim-transcriber-exact');
    expect(podOf(manifests, 'speech-verbatim-transcriber-exact').owner.spec.replicas).toBe(0);
  });

  it('are told the model, the threads and the slots of their pool', async () => {
    const manifests = await render({ transcriber: { pools: TWO_POOLS } });
    expect(variablesOf(podOf(manifests, 'speech-verbatim-transcriber-exact'))).toMatchObject({
      STT_MODEL: 'whisper-tiny.en',
      STREAMING_WORKERS: '2',
      MAX_SESSIONS: '8',
    });
    expect(variablesOf(podOf(manifests, 'speech-verbatim-ingress'))).toMatchObject({
      STT_MODELS: 'moonshine-tiny,whisper-tiny.en',
    });
  });

  it('keep no node for the copy of a model on its disk', async () => {
    const name = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';
    const annotations = async (models: object) =>
      podOf(await render({ transcriber: { models } }), 'speech-verbatim-transcriber-default').annotations;
    expect(await annotations({})).toHaveProperty([name], 'models');
    expect(await annotations({ existingClaim: 'models' })).not.toHaveProperty([name]);
    expect(await annotations({ from: 'image' })).not.toHaveProperty([name]);
  });

  it('fetch a model before they start, through the proxy of their pool, unless it is in the image', async () => {
    const proxy = { name: 'npm_config_proxy', value: 'http://proxy.example:3128' };
    const transcriber = { extraEnv: [proxy], models: { mirror: 'https://mirror.example' } };
    const { spec } = podOf(await render({ transcriber }), 'speech-verbatim-transcriber-default');
    expect(spec.initContainers[0].env).toEqual(
      expect.arrayContaining([
        { name: 'STT_MODEL', value: 'moonshine-tiny' },
        { name: 'VERBATIM_MODEL_SOURCE', value: 'https://mirror.example' },
        proxy,
      ]),
    );
    const inImage = podOf(
      await render({ transcriber: { models: { from: 'image' } } }),
      'speech-verbatim-transcriber-default',
    );
    expect(inImage.spec).not.toHaveProperty('initContainers');
    expect(inImage.spec).not.toHaveProperty('volumes');
  });
});

const ONE_POOL = { nodeSelector: { zone: 'b' }, priorityClassName: 'exact' };
const NOTHING_ELSE = { autoscaling: { enabled: false }, podDisruptionBudget: { enabled: false } };

const nameOfClaim = ({ metadata }: Manifest) => ({ name: metadata.name });
