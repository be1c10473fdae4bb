import { readFile } from 'node:fs/promises';

/** What a process has used up to now. */
export interface ProcessUsage {
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
  /** CPU time of all its threads, in seconds. */
  readonly cpuSeconds: number;
  /** CPU time of its main thread, in seconds. */
  readonly mainThreadSeconds: number;
  readonly rssMib: number;
  readonly peakRssMib: number;
}

/** /proc counts CPU time in USER_HZ, which is 100 on every Linux that Node runs on (proc_pid_stat(5)). */
const TICKS_PER_SECOND = 100;

/** Another process's use of CPU and memory; null where the system has no /proc. */
export async function readUsage(pid: number): Promise<ProcessUsage | null> {
  try {
    const [all, main, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/task/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    return {
      at: performance.now(),
      cpuSeconds: cpuSeconds(all),
      mainThreadSeconds: cpuSeconds(main),
      rssMib: memoryMib(status, 'VmRSS'),
      peakRssMib: memoryMib(status, 'VmHWM'),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** utime and stime of a stat line: fields 14 and 15, counted behind the name, which may hold anything. */
function cpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function memoryMib(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
}
