import { describe, expect, it } from 'vitest';
import { render, withoutHelm } from './chart.ts';
import { named, ofKind, podsOf } from './manifests.ts';

const NAME = 'speech-verbatim-ingress';
const HOSTS = { host: 'stt.example', grpcHost: 'grpc.stt.example' };
const PARENTS = [{ name: 'public', namespace: 'gateways' }];
const ROUTES = ['Ingress', 'HTTPRoute', 'GRPCRoute'];

describe.skipIf(withoutHelm)(`the doors of the chart${withoutHelm}`, () => {
  it('are a service for both protocols, and one without an address for clients that balance themselves', async () => {
    const manifests = await render({ ingress: { service: { httpPort: 80, annotations: { lb: 'mine' } } } });
    const service = named(manifests, 'Service', NAME);
    expect(service.metadata.annotations).toEqual({ lb: 'mine' });
    expect(service.spec).toMatchObject({
      type: 'ClusterIP',
      ports: [
        { name: 'http', port: 80, targetPort: 'http' },
        { name: 'grpc', port: 50051, targetPort: 'grpc', appProtocol: 'kubernetes.io/h2c' },
      ],
    });
    expect(named(manifests, 'Service', `${NAME}-headless`).spec.clusterIP).toBe('None');
  });

  it('are not open to the outside unless somebody asks for it', async () => {
    const manifests = await render({});
    for (const kind of ROUTES) expect(ofKind(manifests, kind)).toEqual([]);
    const types = ofKind(manifests, 'Service').map(({ spec }) => spec.type ?? 'ClusterIP');
    expect(new Set(types)).toEqual(new Set(['ClusterIP']));
  });

  it('are two objects of an Ingress, with the host, the port and the annotations of each protocol', async () => {
    const expose = { kind: 'Ingress', ...HOSTS, className: 'nginx', tlsSecret: 'tls' };
    const manifests = await render({ ingress: { expose } });
    const http = named(manifests, 'Ingress', NAME);
    const grpc = named(manifests, 'Ingress', `${NAME}-grpc`);
    for (const [{ spec }, host, port] of [
      [http, HOSTS.host, 'http'],
      [grpc, HOSTS.grpcHost, 'grpc'],
    ] as const) {
      const backend = { service: { name: NAME, port: { name: port } } };
      expect(spec).toEqual({
        ingressClassName: 'nginx',
        tls: [{ hosts: [host], secretName: 'tls' }],
        rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      });
    }
    const protocol = 'nginx.ingress.kubernetes.io/backend-protocol';
    expect(http.metadata.annotations).not.toHaveProperty([protocol]);
    expect(grpc.metadata.annotations).toMatchObject({ ...http.metadata.annotations, [protocol]: 'GRPC' });
  });

  it('are an HTTPRoute whose streams have no end, and a GRPCRoute', async () => {
    const manifests = await render({ ingress: { expose: { kind: 'Gateway', ...HOSTS, parentRefs: PARENTS } } });
    expect(ofKind(manifests, 'Ingress')).toEqual([]);
    expect(named(manifests, 'HTTPRoute', NAME).spec).toMatchObject({
      parentRefs: PARENTS,
      hostnames: [HOSTS.host],
      rules: [{ timeouts: { request: '0s' }, backendRefs: [{ name: NAME, port: 8000 }] }],
    });
    expect(named(manifests, 'GRPCRoute', NAME).spec).toMatchObject({
      parentRefs: PARENTS,
      hostnames: [HOSTS.grpcHost],
      rules: [{ backendRefs: [{ name: NAME, port: 50051 }] }],
    });
  });

  it.each(['Ingress', 'Gateway'])('of kind %s have no gRPC without a host for it', async (kind) => {
    const manifests = await render({ ingress: { expose: { kind, host: HOSTS.host, parentRefs: PARENTS } } });
    const routes = manifests.filter((manifest) => ROUTES.includes(manifest.kind));
    expect(routes.map((route) => route.kind)).toEqual([kind === 'Gateway' ? 'HTTPRoute' : 'Ingress']);
  });

  it('are images of one registry, each by its tag or its digest', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const manifests = await render({
      image: { registry: 'registry.example/speech/', tag: '9' },
      ingress: { image: { digest } },
      transcriber: { image: { tag: '9-moonshine' } },
    });
    const images = podsOf(manifests).flatMap(({ owner, spec }) => `${owner.kind} ${spec.containers[0].image}`);
    expect(images.sort()).toEqual([
      'Deployment registry.example/speech/verbatim/ingress@'.concat(digest),
      'Deployment registry.example/speech/verbatim/media:9',
      'Deployment registry.example/speech/verbatim/transcriber:9-moonshine',
      'Pod registry.example/speech/verbatim/ingress@'.concat(digest),
      'StatefulSet nats:2.11-alpine',
      'StatefulSet redis:7-alpine',
    ]);
  });
});
