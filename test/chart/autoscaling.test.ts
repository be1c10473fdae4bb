import { laneToken } from '@verbatim/bus';
import { describe, expect, it } from 'vitest';
import { TWO_POOLS } from './cases.ts';
import { render, type Values, withoutHelm } from './chart.ts';
import { named, ofKind } from './manifests.ts';

const FAST = 'speech-verbatim-transcriber-fast';
const EXACT = 'speech-verbatim-transcriber-exact';
const SCALED = { enabled: true, minReplicas: 3, maxReplicas: 12 };
const BEHAVIOR = {
  scaleUp: { stabilizationWindowSeconds: 0 },
  scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
};

const renderPools = async (autoscaling: Values, rest: Values = {}) =>
  await render({ transcriber: { pools: TWO_POOLS, autoscaling: { ...SCALED, ...autoscaling } }, ...rest });

const kedaTrigger = async (keda: Values, pool: string, rest: Values = {}) => {
  const { spec } = named(await renderPools({ by: 'keda', keda }, rest), 'ScaledObject', pool);
  expect(spec.triggers).toHaveLength(1);
  return spec.triggers[0];
};

describe.skipIf(withoutHelm)(`autoscaling by the chart${withoutHelm}`, () => {
  it('is off unless somebody asks for it', async () => {
    const manifests = await render({});
    expect([...ofKind(manifests, 'HorizontalPodAutoscaler'), ...ofKind(manifests, 'ScaledObject')]).toEqual([]);
  });

  it.each(['ingress', 'media'])('of %s goes by the requested CPU', async (component) => {
    const autoscaling = { ...SCALED, targetCPUUtilizationPercentage: 55 };
    const manifests = await render({ [component]: { autoscaling } });
    expect(named(manifests, 'HorizontalPodAutoscaler', `speech-verbatim-${component}`).spec).toEqual({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `speech-verbatim-${component}` },
      minReplicas: 3,
      maxReplicas: 12,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 55 } } },
      ],
    });
  });

  it('of pools goes by the requested CPU, one autoscaler for each', async () => {
    const manifests = await renderPools({});
    expect(ofKind(manifests, 'HorizontalPodAutoscaler').map(({ metadata }) => metadata.name)).toEqual([FAST, EXACT]);
    expect(named(manifests, 'HorizontalPodAutoscaler', FAST).spec).toMatchObject({
      behavior: BEHAVIOR,
      metrics: [{ resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
    });
  });

  it.each([
    [FAST, 'moonshine-tiny', '21'],
    [EXACT, 'whisper-tiny.en', '5'],
  ])('of %s by sessions counts those of %s, %s for a pod: the slots at their target', async (pool, model, value) => {
    const { spec } = named(await renderPools({ by: 'sessions' }), 'HorizontalPodAutoscaler', pool);
    expect(spec).toMatchObject({ minReplicas: 3, maxReplicas: 12, behavior: BEHAVIOR });
    expect(spec.metrics).toEqual([
      {
        type: 'External',
        external: {
          metric: { name: 'verbatim_claims', selector: { matchLabels: { model, kind: 'live' } } },
          target: { type: 'AverageValue', averageValue: value },
        },
      },
    ]);
  });

  it.each(['cpu', 'sessions'])('by %s gives way to KEDA, which else would refuse', async (by) => {
    const autoscalers = ofKind(await renderPools({ by }), 'HorizontalPodAutoscaler');
    expect(autoscalers).toHaveLength(2);
    for (const { metadata } of autoscalers) {
      expect(metadata.annotations).toMatchObject({ 'validations.keda.sh/hpa-ownership': 'false' });
    }
  });

  it('never has less than one session for a pod', async () => {
    const pools = [{ ...TWO_POOLS[0], slots: 1, autoscaling: { targetSlotUtilizationPercentage: 10 } }];
    const manifests = await render({ transcriber: { pools, autoscaling: { ...SCALED, by: 'sessions' } } });
    const [metric] = named(manifests, 'HorizontalPodAutoscaler', FAST).spec.metrics;
    expect(metric.external.target.averageValue).toBe('1');
  });

  it('by KEDA keeps the pods that there are when figures are missing', async () => {
    const { spec } = named(await renderPools({ by: 'keda' }), 'ScaledObject', FAST);
    expect(spec).toMatchObject({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: FAST },
      minReplicaCount: 3,
      maxReplicaCount: 12,
      pollingInterval: 10,
      fallback: { failureThreshold: 3, replicas: 3, behavior: 'currentReplicasIfHigher' },
      advanced: { horizontalPodAutoscalerConfig: { behavior: BEHAVIOR } },
    });
  });

  it.each([
    [FAST, 'moonshine-tiny', '21'],
    [EXACT, 'whisper-tiny.en', '5'],
  ])('by KEDA asks NATS about the consumer of the sessions of %s, which is the lane %s', async (pool, model, value) => {
    expect(await kedaTrigger({}, pool)).toEqual({
      type: 'nats-jetstream',
      metadata: {
        natsServerMonitoringEndpoint: 'speech-verbatim-nats.voices.svc:8222',
        account: '$G',
        stream: 'STT_CLAIMS',
        consumer: laneToken(model),
        lagThreshold: value,
      },
    });
  });

  it('by KEDA asks a NATS of the user where that is watched', async () => {
    const nats = { enabled: false, url: 'nats://nats.brokers:4222' };
    const keda = { natsMonitoringEndpoint: 'nats.brokers:8222', natsAccount: 'SPEECH' };
    expect((await kedaTrigger(keda, FAST, { nats })).metadata).toMatchObject({
      natsServerMonitoringEndpoint: 'nats.brokers:8222',
      account: 'SPEECH',
    });
  });

  it('by KEDA asks Prometheus for the sessions of the model', async () => {
    const address = 'http://prometheus.monitoring:9090';
    expect(await kedaTrigger({ trigger: 'prometheus', prometheusServerAddress: address }, EXACT)).toEqual({
      type: 'prometheus',
      metadata: {
        serverAddress: address,
        query: 'max(sum by (instance) (verbatim_claims{model="whisper-tiny.en",kind="live"}))',
        threshold: '5',
      },
    });
  });
});
