import { beforeAll, describe, expect, it } from 'vitest';
import { CASES, type Case, TWO_POOLS } from './cases.ts';
import { render, withoutHelm } from './chart.ts';
import { type Labels, type Manifest, named, ofKind, podsOf, selected, selects } from './manifests.ts';

const WORKLOADS = ['Deployment', 'StatefulSet'];

const componentOf = ({ metadata }: Manifest): string => metadata.labels['app.kubernetes.io/component'] ?? '';

/** The workloads of a component, by their names. */
const ofComponent = (manifests: readonly Manifest[], component: string): readonly string[] =>
  podsOf(manifests)
    .filter(({ labels }) => labels['app.kubernetes.io/component'] === component)
    .map(({ owner }) => owner.metadata.name)
    .sort();

describe.skipIf(withoutHelm)(`selectors of the chart${withoutHelm}`, () => {
  describe.each(CASES)('with $title', ({ values, ...release }: Case) => {
    let manifests: readonly Manifest[];
    beforeAll(async () => {
      manifests = await render(values, release);
    });

    it('of workloads mean their own pods and none else', () => {
      for (const { kind, metadata, spec } of manifests) {
        if (!WORKLOADS.includes(kind)) continue;
        expect(selected(manifests, spec.selector), metadata.name).toEqual([metadata.name]);
      }
    });

    it('of services mean the pods of their component, at ports that these open', () => {
      for (const service of ofKind(manifests, 'Service')) {
        const { selector, ports } = service.spec;
        const names = selected(manifests, { matchLabels: selector });
        expect(names, service.metadata.name).toEqual(ofComponent(manifests, componentOf(service)));
        expect(names).not.toEqual([]);
        for (const pod of podsOf(manifests).filter(({ owner }) => names.includes(owner.metadata.name))) {
          const open = pod.spec.containers[0].ports.map(({ name }: { readonly name: string }) => name);
          expect(open).toEqual(expect.arrayContaining(ports.map(({ targetPort }: PortOf) => targetPort)));
        }
      }
    });

    it('of disruption budgets mean the pods of the Deployment of that name', () => {
      for (const { metadata, spec } of ofKind(manifests, 'PodDisruptionBudget')) {
        expect(selected(manifests, spec.selector)).toEqual([metadata.name]);
      }
    });

    it('of autoscalers name a Deployment, which then says nothing of replicas', () => {
      const autoscalers = [...ofKind(manifests, 'HorizontalPodAutoscaler'), ...ofKind(manifests, 'ScaledObject')];
      const scaled = autoscalers.map(({ spec }) => spec.scaleTargetRef.name);
      for (const { metadata, spec } of ofKind(manifests, 'Deployment')) {
        expect('replicas' in spec, metadata.name).toBe(!scaled.includes(metadata.name));
      }
      for (const name of scaled) named(manifests, 'Deployment', name);
    });

    it('of monitors mean all processes of Verbatim, each once, at a port that has metrics', () => {
      const monitors = [...ofKind(manifests, 'PodMonitor'), ...ofKind(manifests, 'ServiceMonitor')];
      const scraped = monitors.flatMap((monitor) => scrapedBy(manifests, monitor));
      const processes = ofKind(manifests, 'Deployment').map(({ metadata }) => metadata.name);
      expect(scraped.sort()).toEqual(monitors.length === 0 ? [] : processes.sort());
    });

    it('of spread constraints mean the pods that they spread', () => {
      for (const { owner, labels, spec } of podsOf(manifests)) {
        for (const { labelSelector } of spec.topologySpreadConstraints ?? []) {
          expect(selects(labelSelector, labels), owner.metadata.name).toBe(true);
        }
      }
    });
  });

  it('of two pools are disjoint', async () => {
    const manifests = await render({ transcriber: { pools: TWO_POOLS } });
    expect(ofComponent(manifests, 'transcriber')).toEqual([
      'speech-verbatim-transcriber-exact',
      'speech-verbatim-transcriber-fast',
    ]);
  });

  it('do not mean the pods of another release, nor of another chart of this one', async () => {
    const ours = await render({});
    for (const theirs of [await render({}, { name: 'other' }), await render({ nameOverride: 'captions' })]) {
      for (const { spec } of ofKind(ours, 'Deployment')) expect(selected(theirs, spec.selector)).toEqual([]);
      for (const { spec } of ofKind(ours, 'NetworkPolicy')) expect(selected(theirs, spec.podSelector)).toEqual([]);
    }
  });

  it('stay as they are when labels of the values change: a selector can never change', async () => {
    const labels = { 'app.kubernetes.io/component': 'mine', 'app.kubernetes.io/instance': 'mine', team: 'captions' };
    const before = await render({});
    const after = await render({ commonLabels: labels, ingress: { podLabels: labels } });
    for (const { kind, metadata, spec } of before.filter(({ kind }) => WORKLOADS.includes(kind))) {
      const other = named(after, kind, metadata.name);
      expect(other.spec.selector).toEqual(spec.selector);
      expect(other.spec.volumeClaimTemplates).toEqual(spec.volumeClaimTemplates);
      expect(selected(after, spec.selector)).toEqual([metadata.name]);
      expect(other.spec.template.metadata.labels).toMatchObject({ team: 'captions' });
    }
  });
});

interface PortOf {
  readonly name: string;
  readonly targetPort: string;
}

/** The Deployments that a PodMonitor scrapes, or a ServiceMonitor by its services. */
const scrapedBy = (manifests: readonly Manifest[], { kind, spec }: Manifest): readonly string[] => {
  const [{ port }] = spec.podMetricsEndpoints ?? spec.endpoints;
  const selectors: readonly Labels[] =
    kind === 'PodMonitor'
      ? [spec.selector.matchLabels]
      : ofKind(manifests, 'Service')
          .filter(({ metadata }) => selects(spec.selector, metadata.labels))
          .filter((service) => service.spec.ports.some(({ name }: PortOf) => name === port))
          .map((service) => service.spec.selector);
  const names = selectors.flatMap((matchLabels) => selected(manifests, { matchLabels }));
  for (const pod of podsOf(manifests).filter(({ owner }) => names.includes(owner.metadata.name))) {
    expect(pod.spec.containers[0].ports).toContainEqual(expect.objectContaining({ name: 'metrics' }));
  }
  return names;
};
