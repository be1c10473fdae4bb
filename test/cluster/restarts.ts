import { type Clock, systemClock } from '@verbatim/contracts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';
import { RestartBackoff } from './restart-backoff.ts';

export interface RestartsOptions {
  readonly cluster: Pick<Cluster, 'restart'>;
  /** Otherwise deaths are only told. */
  readonly restart: boolean;
  readonly say: (sentence: string) => void;
  readonly clock?: Clock;
}

/** Starts members that died again, as an orchestrator would. */
export class Restarts {
  readonly #options: RestartsOptions;
  readonly #clock: Clock;
  readonly #backoff = new RestartBackoff();
  /** Processes that were seen alive, and since when. */
  readonly #seen = new Map<number, number>();
  #isOver = false;

  constructor(options: RestartsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** To be called at every change. */
  look(members: readonly Member[]): void {
    for (const member of members) {
      if (this.#seen.has(member.pid)) continue;
      this.#seen.set(member.pid, this.#clock.now());
      void member.exited.then((code) => this.#died(member, code));
    }
  }

  /** From now on members may end. */
  end(): void {
    this.#isOver = true;
  }

  #died({ name, pid }: Member, code: number | null): void {
    if (this.#isOver) return;
    const { restart, say } = this.#options;
    const livedMs = this.#clock.now() - this.#seen.get(pid)!;
    this.#seen.delete(pid);
    const how = code === null ? 'was killed' : `ended with code ${code}`;
    if (!restart) {
      say(`${name} (process ${pid}) ${how}.`);
      return;
    }
    const waitMs = this.#backoff.after(name, livedMs);
    say(`${name} (process ${pid}) ${how}; it is started again in ${waitMs / 1000} s.`);
    this.#clock.after(waitMs, () => void this.#restart(name));
  }

  async #restart(name: string): Promise<void> {
    if (this.#isOver) return;
    try {
      const { pid } = await this.#options.cluster.restart(name);
      this.#options.say(`${name} is back as process ${pid}.`);
    } catch (error) {
      // A start that fails ends its process, which is a death like any other.
      if (!this.#isOver) this.#options.say((error as Error).message);
    }
  }
}
