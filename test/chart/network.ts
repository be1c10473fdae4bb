import { BlockList, isIPv6 } from 'node:net';
import { type Labels, type Manifest, ofKind, podOf, type Selector, selects } from './manifests.ts';

/** Who speaks to a pod, or is spoken to: a pod of this release, a pod of another namespace, or an address. */
export type Peer =
  | { readonly pod: string }
  | { readonly namespace: string; readonly labels?: Labels }
  | { readonly address: string };

interface PolicyPeer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface Rule {
  readonly ports?: readonly { readonly protocol: string; readonly port: number }[];
  readonly from?: readonly PolicyPeer[];
  readonly to?: readonly PolicyPeer[];
}

const rulesOf = (manifests: readonly Manifest[], pod: string, direction: 'Ingress' | 'Egress'): readonly Rule[] => {
  const { labels } = podOf(manifests, pod);
  const policies = ofKind(manifests, 'NetworkPolicy').filter(
    ({ spec }) => spec.policyTypes.includes(direction) && selects(spec.podSelector, labels),
  );
  // Without a policy everything is open.
  if (policies.length === 0) return [{}];
  return policies.flatMap(({ spec }) => spec[direction.toLowerCase()] ?? []);
};

const isIn = (address: string, cidr: string): boolean => {
  const [network = '', bits] = cidr.split('/');
  if (isIPv6(network) !== isIPv6(address)) return false;
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
};

const means = (manifests: readonly Manifest[], { podSelector, namespaceSelector, ipBlock }: PolicyPeer, peer: Peer) => {
  if (ipBlock !== undefined) {
    if (!('address' in peer)) return false;
    const { cidr, except = [] } = ipBlock;
    return isIn(peer.address, cidr) && !except.some((hole) => isIn(peer.address, hole));
  }
  if ('pod' in peer) {
    return namespaceSelector === undefined && selects(podSelector ?? {}, podOf(manifests, peer.pod).labels);
  }
  if ('address' in peer || namespaceSelector === undefined) return false;
  return (
    selects(namespaceSelector, { 'kubernetes.io/metadata.name': peer.namespace }) &&
    selects(podSelector ?? {}, peer.labels ?? {})
  );
};

const isOpen = (
  manifests: readonly Manifest[],
  rules: readonly Rule[],
  peer: Peer,
  port: number,
  protocol: string,
): boolean =>
  rules.some(({ ports, from, to }) => {
    const peers = from ?? to;
    return (
      (ports?.some((open) => open.port === port && open.protocol === protocol) ?? true) &&
      (peers?.some((policyPeer) => means(manifests, policyPeer, peer)) ?? true)
    );
  });

/** Whether the network policies of a release let a pod reach a peer at a port of that; of a pod of it, both sides agree. */
export const reaches = (
  manifests: readonly Manifest[],
  pod: string,
  peer: Peer,
  port: number,
  protocol = 'TCP',
): boolean =>
  isOpen(manifests, rulesOf(manifests, pod, 'Egress'), peer, port, protocol) &&
  (!('pod' in peer) || isOpen(manifests, rulesOf(manifests, peer.pod, 'Ingress'), { pod }, port, protocol));

/** Whether they let a peer reach a pod at a port. */
export const isReachedBy = (manifests: readonly Manifest[], pod: string, peer: Peer, port: number): boolean =>
  isOpen(manifests, rulesOf(manifests, pod, 'Ingress'), peer, port, 'TCP');
