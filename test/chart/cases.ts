import type { Release, Values } from './chart.ts';

export interface Case extends Release {
  readonly title: string;
  readonly values: Values;
  /** It has objects of other projects: Gateway API, KEDA or the Prometheus operator. */
  readonly crds?: true;
}

const TLS = { tlsSecret: 'broker-ca', tlsClientCertificate: true };

/** Two pools whose models are of one name but for the end. */
export const TWO_POOLS = [
  { name: 'fast', model: 'moonshine-tiny', slots: 30, replicas: 2 },
  { name: 'exact', model: 'whisper-tiny.en', slots: 8, workers: 2, resources: { limits: { memory: '3Gi' } } },
];

export const OWN_BROKERS = {
  nats: { enabled: false, url: 'tls://n1.example:4223,tls://n2.example', replicas: 3, credsSecret: 'creds', ...TLS },
  redis: { enabled: false, url: 'rediss://redis.example:6380/1', existingSecret: 'redis', ...TLS },
};

const WHERE = {
  nodeSelector: { 'kubernetes.io/arch': 'amd64' },
  tolerations: [{ key: 'speech', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'gpu', operator: 'DoesNotExist' }] }],
      },
    },
  },
  priorityClassName: 'speech',
};

const EVERYTHING_OF_A_PROCESS = {
  ...WHERE,
  podAnnotations: { 'example.com/owner': 'captions' },
  podLabels: { 'example.com/team': 'captions' },
  extraEnv: [{ name: 'npm_config_proxy', value: 'http://proxy.example:3128' }],
  topologySpreadConstraints: [
    { topologyKey: 'example.com/rack', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} },
  ],
};

const MONITORING = {
  rules: { enabled: true, labels: { release: 'prometheus' }, runbookBase: 'https://docs.example/verbatim' },
  dashboards: { enabled: true, annotations: { grafana_folder: 'Verbatim' } },
};

const AUTOSCALED = { enabled: true, minReplicas: 3, maxReplicas: 12 };

/** Values as people set them: what holds for every release is asserted for each of these. */
export const CASES: readonly Case[] = [
  { title: 'the values as they are', values: {} },
  { title: 'two pools', values: { transcriber: { pools: TWO_POOLS, models: { existingClaim: 'models' } } } },
  { title: 'NATS and Redis by url', values: OWN_BROKERS },
  {
    title: 'sentinels',
    values: { redis: { enabled: false, url: 'redis+sentinel://s1.example,s2.example:26380/speech' } },
  },
  {
    title: 'brokers with secrets and without volumes',
    values: {
      nats: { existingSecret: 'nats', persistence: { enabled: false } },
      redis: { existingSecret: 'redis', persistence: { enabled: false } },
    },
  },
  {
    title: 'autoscaling by cpu',
    values: {
      ingress: { autoscaling: AUTOSCALED },
      transcriber: { autoscaling: AUTOSCALED },
      media: { autoscaling: AUTOSCALED },
    },
  },
  {
    title: 'autoscaling by sessions',
    values: { transcriber: { pools: TWO_POOLS, autoscaling: { ...AUTOSCALED, by: 'sessions' } } },
  },
  {
    title: 'KEDA, by NATS',
    crds: true,
    values: { transcriber: { pools: TWO_POOLS, autoscaling: { ...AUTOSCALED, by: 'keda' } } },
  },
  {
    title: 'KEDA, by Prometheus',
    crds: true,
    values: {
      transcriber: {
        autoscaling: {
          ...AUTOSCALED,
          by: 'keda',
          keda: { trigger: 'prometheus', prometheusServerAddress: 'http://prometheus.monitoring:9090' },
        },
      },
    },
  },
  {
    title: 'an Ingress',
    values: {
      ingress: { expose: { kind: 'Ingress', host: 'stt.example', grpcHost: 'grpc.stt.example', tlsSecret: 'tls' } },
    },
  },
  {
    title: 'a Gateway',
    crds: true,
    values: {
      ingress: {
        expose: {
          kind: 'Gateway',
          host: 'stt.example',
          grpcHost: 'grpc.stt.example',
          parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https' }],
        },
      },
    },
  },
  {
    title: 'a load balancer',
    values: {
      ingress: {
        service: { type: 'LoadBalancer', loadBalancerClass: 'example.com/lb', httpPort: 80, grpcPort: 443 },
      },
    },
  },
  {
    title: 'PodMonitors, rules and dashboards',
    crds: true,
    values: { monitoring: { ...MONITORING, podMonitors: { enabled: true, labels: { release: 'prometheus' } } } },
  },
  {
    title: 'ServiceMonitors',
    crds: true,
    values: { monitoring: { serviceMonitor: { enabled: true, interval: '30s' } }, media: { enabled: false } },
  },
  {
    title: 'secrets, settings and traces',
    values: {
      secrets: { adminKey: 'a-key-of-sixteen-letters', webhookSecret: `whsec_${'QUJD'.repeat(8)}` },
      config: {
        LOG_LEVEL: 'debug',
        SESSION_TTL_S: 2_592_000,
        WHISPER_ACCUMULATION_S: 0.5,
        WEBHOOK_ALLOW: '10.0.0.0/8',
      },
      tracing: { endpoint: 'http://collector.observability:4318', sampler: 'traceidratio', samplerArg: '0.1' },
    },
  },
  {
    title: 'a secret of the user',
    values: { secrets: { existingSecret: 'mine' }, serviceAccount: { create: false, name: 'mine' } },
  },
  {
    title: 'models in the image, from a private registry',
    values: {
      image: { registry: 'registry.example/speech', tag: '1.2.3', pullSecrets: ['registry'] },
      ingress: { image: { digest: `sha256:${'0'.repeat(64)}` } },
      transcriber: { models: { from: 'image' } },
    },
  },
  {
    title: 'everything of a process, with labels that meet those of the chart',
    values: {
      commonLabels: { 'example.com/team': 'speech', 'app.kubernetes.io/part-of': 'captions' },
      commonAnnotations: { 'example.com/owner': 'speech' },
      ingress: EVERYTHING_OF_A_PROCESS,
      transcriber: { ...EVERYTHING_OF_A_PROCESS, models: { sizeLimit: 8_589_934_592 } },
      media: { ...EVERYTHING_OF_A_PROCESS, spoolSize: 2_147_483_648 },
      nats: WHERE,
      redis: WHERE,
      monitoring: { dashboards: { enabled: true, labels: { 'example.com/team': 'charts' } } },
    },
  },
  {
    title: 'network policies with peers',
    values: {
      networkPolicy: {
        clients: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'web' } } }],
        metrics: [{ podSelector: {} }],
        dns: [{ ipBlock: { cidr: '169.254.20.10/32' } }],
        webhooks: [{ ipBlock: { cidr: '10.1.0.0/16' } }],
        modelSources: [{ ipBlock: { cidr: '10.2.0.0/16' } }],
      },
      secrets: { existingSecret: 'mine' },
    },
  },
  {
    title: 'no network policies and no tests',
    values: { networkPolicy: { enabled: false }, tests: { enabled: false } },
  },
  {
    title: 'the longest names',
    name: 'a-release-whose-name-is-as-long-as-helm-allows-it-5-3',
    crds: true,
    values: {
      transcriber: {
        pools: [{ ...TWO_POOLS[0], name: 'fifteen-letters' }],
        autoscaling: { ...AUTOSCALED, by: 'keda' },
      },
      monitoring: { ...MONITORING, serviceMonitor: { enabled: true } },
      ingress: { expose: { kind: 'Ingress', host: 'stt.example', grpcHost: 'grpc.stt.example' } },
    },
  },
  {
    title: 'names that YAML takes for something else',
    name: 'on.off',
    namespace: '1234',
    values: {
      transcriber: { pools: [{ ...TWO_POOLS[0], name: '1' }] },
      secrets: { existingSecret: '42' },
      nats: { existingSecret: 'null', persistence: { storageClass: '7' } },
      redis: { existingSecret: 'true' },
    },
  },
];
