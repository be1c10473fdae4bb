import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterError } from '../cluster/cluster-error.ts';
import { ChaosError } from './chaos-error.ts';
import type { PlannedFault } from './fault-plan.ts';
import { type FaultRecord, type StrikeContext, strike } from './faults.ts';

export interface FaultRunOptions extends StrikeContext {
  readonly plan: readonly PlannedFault[];
  /** No fault begins after this moment of `performance.now()`. */
  readonly until: number;
  readonly onBegin: (fault: PlannedFault) => void;
}

/** Carries out a plan, one fault after the other. */
export async function runFaults({ plan, until, onBegin, ...context }: FaultRunOptions): Promise<FaultRecord[]> {
  const records: FaultRecord[] = [];
  for (const fault of plan) {
    await sleep(fault.waitMs, undefined, { signal: context.signal });
    if (performance.now() > until) break;
    onBegin(fault);
    try {
      records.push(await strike(fault, context));
    } catch (error) {
      if (!(error instanceof ChaosError || error instanceof ClusterError)) throw error;
      // What came of the faults until then is still worth a report.
      context.watch.add(`no more faults after ${fault.kind}: ${error.message}`);
      break;
    }
  }
  return records;
}
