import { cpus, loadavg, platform, release, totalmem } from 'node:os';

/** What figures must be read with. */
export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  /** Load average of the last minute before the run: more than a few tenths means that others compute too. */
  readonly loadBefore: number;
  readonly date: string;
}

export function machineFacts(): MachineFacts {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGib: totalmem() / 2 ** 30,
    system: `${platform()} ${release()}`,
    node: process.version,
    loadBefore: loadavg()[0] ?? 0,
    date: new Date().toISOString(),
  };
}

export function describeMachine({ cpu, cores, memoryGib, system, node, loadBefore, date }: MachineFacts): string {
  return [
    `${date}  ${cpu}, ${cores} cores, ${memoryGib.toFixed(0)} GiB, ${system}, Node ${node}`,
    `load before the run: ${loadBefore.toFixed(1)}`,
  ].join('\n');
}
