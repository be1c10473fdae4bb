import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ClusterError } from './cluster-error.ts';
import type { Member } from './member.ts';

/** What .verbatim/cluster.json holds. */
export interface ClusterState {
  /** The process that runs the cluster. */
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly members: readonly Pick<Member, 'name' | 'role' | 'pid' | 'addresses' | 'state'>[];
}

/** The file in which scripts find the members of the running cluster; it is there only while the cluster is. */
export class StateFile {
  readonly #path: string;
  readonly #state: Omit<ClusterState, 'members'> = { pid: process.pid, startedAt: new Date().toISOString() };
  #removed = false;

  private constructor(file: string) {
    this.#path = file;
  }

  /** Takes the file for this process. @throws ClusterError if a running cluster has it. */
  static claim(file: string): StateFile {
    mkdirSync(path.dirname(file), { recursive: true });
    const state = new StateFile(file);
    const draft = state.#draft([]);
    try {
      // Unlike a rename, a link fails where there is a file already: of two that start at once, one comes second.
      while (!linked(draft, file)) {
        const pid = pidIn(file);
        if (pid !== null && isAlive(pid)) {
          throw new ClusterError(
            `A cluster of this folder runs already (process ${pid}): end it with Ctrl-C or "kill ${pid}". If that is no cluster, remove ${file}.`,
          );
        }
        rmSync(file, { force: true });
      }
    } finally {
      rmSync(draft, { force: true });
    }
    return state;
  }

  /** Readers see the old content or the new one, never a part. */
  write(members: readonly Member[]): void {
    if (!this.#removed) renameSync(this.#draft(members), this.#path);
  }

  remove(): void {
    this.#removed = true;
    rmSync(this.#path, { force: true });
  }

  #draft(members: readonly Member[]): string {
    const state: ClusterState = {
      ...this.#state,
      members: members.map(({ name, role, pid, addresses, state }) => ({ name, role, pid, addresses, state })),
    };
    const draft = `${this.#path}.${process.pid}.tmp`;
    writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`);
    return draft;
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function pidIn(file: string): number | null {
  try {
    const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid?: unknown };
    return typeof pid === 'number' ? pid : null;
  } catch {
    // Gone by now, or not ours: nothing that a running cluster could have written.
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
