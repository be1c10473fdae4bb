/** An object of Kubernetes as the chart writes it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Labels;
    readonly annotations?: Labels;
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests look at few of the many fields of many kinds.
  readonly spec: any;
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

export type Labels = Readonly<Record<string, string>>;

export interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** A pod that a workload makes, or a pod by itself. */
export interface PodOf {
  readonly owner: Manifest;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly spec: Manifest['spec'];
}

export const ofKind = (manifests: readonly Manifest[], kind: string): readonly Manifest[] =>
  manifests.filter((manifest) => manifest.kind === kind);

/** @throws Error that lists what there is, where it isn't there */
export const named = (manifests: readonly Manifest[], kind: string, name: string): Manifest => {
  const found = ofKind(manifests, kind).find(({ metadata }) => metadata.name === name);
  if (found !== undefined) return found;
  const there = manifests.map((manifest) => `${manifest.kind}/${manifest.metadata.name}`);
  throw new Error(`There is no ${kind}/${name} among ${there.join(', ')}.`);
};

/** The pods of all workloads, and those that stand by themselves. */
export const podsOf = (manifests: readonly Manifest[]): readonly PodOf[] =>
  manifests.flatMap((owner) => {
    const template = owner.kind === 'Pod' ? owner : owner.spec?.template;
    if (template?.spec?.containers === undefined) return [];
    const { labels = {}, annotations = {} } = template.metadata;
    return [{ owner, labels, annotations, spec: template.spec }];
  });

export const podOf = (manifests: readonly Manifest[], owner: string): PodOf => {
  const found = podsOf(manifests).find((pod) => pod.owner.metadata.name === owner);
  if (found === undefined) throw new Error(`${owner} makes no pods.`);
  return found;
};

// biome-ignore lint/suspicious/noExplicitAny: as in a Manifest.
export const containersOf = ({ spec }: PodOf): readonly any[] => [...(spec.initContainers ?? []), ...spec.containers];

/** What a container's variables are by name: a value, or where it comes from. */
export const variablesOf = (pod: PodOf): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    pod.spec.containers[0].env.map(({ name, value, valueFrom }: Record<string, unknown>) => [name, value ?? valueFrom]),
  );

/** Whether a label selector of Kubernetes means a pod, or another object, with these labels. */
export const selects = ({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labels[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        throw new Error(`There is no operator ${operator}.`);
    }
  });

/** The names of the workloads whose pods a selector means. */
export const selected = (manifests: readonly Manifest[], selector: Selector): readonly string[] =>
  podsOf(manifests)
    .filter(({ labels }) => selects(selector, labels))
    .map(({ owner }) => owner.metadata.name)
    .sort();
