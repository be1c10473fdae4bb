import type { Kit } from './kit.ts';
import { until } from './kit.ts';

export const NAMESPACE = 'verbatim';
const READY_TIMEOUT_MS = 120_000;

/** A pod, as far as these tests look at it. */
export interface Pod {
  readonly name: string;
  readonly isReady: boolean;
  readonly isLeaving: boolean;
  readonly restarts: number;
  readonly images: readonly string[];
  readonly containerId: string;
  /** Why the container's last run ended, such as OOMKilled; null if it has had only one. */
  readonly lastEnd: string | null;
}

/** The release's pods of one component, or of all. */
export const podsOf = async (kit: Kit, component?: string): Promise<Pod[]> => {
  const which = component === undefined ? [] : ['-l', `app.kubernetes.io/component=${component}`];
  const { items } = await kit.get('pods', '-n', NAMESPACE, ...which);
  return items.map(toPod);
};

// biome-ignore lint/suspicious/noExplicitAny: the API's object.
const toPod = ({ metadata, spec, status }: any): Pod => {
  const [container] = status.containerStatuses ?? [];
  return {
    name: metadata.name,
    isLeaving: metadata.deletionTimestamp !== undefined,
    isReady: container?.ready === true && metadata.deletionTimestamp === undefined,
    restarts: container?.restartCount ?? 0,
    images: spec.containers.map(({ image }: { image: string }) => image),
    containerId: String(container?.containerID ?? '').replace('containerd://', ''),
    lastEnd: container?.lastState?.terminated?.reason ?? null,
  };
};

/** Waits until a component has exactly so many pods and all of them are ready. */
export const untilReady = async (kit: Kit, component: string, count: number): Promise<readonly Pod[]> =>
  until(`${count} ready pods of ${component}`, READY_TIMEOUT_MS, async () => {
    const pods = await podsOf(kit, component);
    return pods.length === count && pods.every(({ isReady }) => isReady) ? pods : null;
  });

/** Kills a pod's processes as a crash would; its container starts again. */
export const killProcesses = async (kit: Kit, { containerId }: Pod): Promise<void> => {
  await kit.onNode('ctr', '-n', 'k8s.io', 'tasks', 'kill', '--signal', 'SIGKILL', '--all', containerId);
};

/** Removes a pod without any notice to its processes. */
export const killPod = async (kit: Kit, { name }: Pod): Promise<void> => {
  await kit.kubectl(['delete', 'pod', name, '-n', NAMESPACE, '--grace-period=0', '--force']);
};

/** Whether a process in a pod can open a TCP connection. */
export const reaches = async (
  kit: Kit,
  from: { readonly namespace: string; readonly pod: string },
  host: string,
  port: number,
): Promise<boolean> => {
  const script = `const socket = require('net').connect(${port}, '${host}', () => process.exit(0));
socket.on('error', () => process.exit(1)); setTimeout(() => process.exit(1), 2000);`;
  const exec = ['exec', '-n', from.namespace, from.pod, '--', 'node', '-e', script];
  return (await kit.kubectlAnyhow(exec)).code === 0;
};
