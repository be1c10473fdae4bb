import { shuffled } from '../bench/random.ts';

/** What may be done to a cluster, and how long it lasts. */
export const FAULTS = {
  /** Its process dies at once; a new one comes a second later. */
  'transcriber-kill': { role: 'transcriber', losesMemory: false },
  'ingress-kill': { role: 'ingress', losesMemory: false },
  /** SIGTERM: hands over what it holds and ends; a new one comes. */
  'transcriber-drain': { role: 'transcriber', losesMemory: false },
  'ingress-drain': { role: 'ingress', losesMemory: false },
  /** Stopped for longer than its claims last, then let go on: it must find that it holds nothing. */
  'transcriber-zombie': { role: 'transcriber', losesMemory: false },
  /** Killed and back at once: audio in its memory is gone. */
  'nats-kill': { role: 'nats', losesMemory: true },
  /** Killed and back after four seconds. */
  'nats-outage': { role: 'nats', losesMemory: true },
  'redis-restart': { role: 'redis', losesMemory: false },
  'redis-kill': { role: 'redis', losesMemory: false },
  /** It keeps its connections and answers nothing for five seconds. */
  'nats-freeze': { role: 'nats', losesMemory: false },
  'redis-freeze': { role: 'redis', losesMemory: false },
  /** The network between one process and both servers is paused for eight seconds: the others go on. */
  'transcriber-link': { role: 'transcriber', losesMemory: false },
  'ingress-link': { role: 'ingress', losesMemory: false },
} as const satisfies Record<string, { readonly role: string; readonly losesMemory: boolean }>;

export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];

export interface PlannedFault {
  readonly kind: FaultKind;
  /** To wait after the fault before it is over. */
  readonly waitMs: number;
  /** From 0 to below 1: which of the processes of its role. */
  readonly pick: number;
}

export interface FaultPlanOptions {
  readonly kinds: readonly FaultKind[];
  /** How many times each. */
  readonly rounds: number;
  /** Between two faults. */
  readonly gapMs: number;
  /** Before and after a fault that loses memory: what it lost must be in other hands before those are struck. */
  readonly memoryGapMs: number;
  readonly random: () => number;
}

/** Waits vary by this share, so that faults come at any moment of heartbeats and commits. */
const SPREAD = 0.3;

/** Every kind once in each round, in an order of chance. */
export function planFaults({ kinds, rounds, gapMs, memoryGapMs, random }: FaultPlanOptions): PlannedFault[] {
  const order = Array.from({ length: rounds }, () => shuffled(kinds, random)).flat();
  return order.map((kind, index) => {
    const before = order[index - 1];
    const isMemory = FAULTS[kind].losesMemory || (before !== undefined && FAULTS[before].losesMemory);
    const leastMs = isMemory ? memoryGapMs : gapMs;
    return { kind, waitMs: Math.round(leastMs * (1 + SPREAD * random())), pick: random() };
  });
}
