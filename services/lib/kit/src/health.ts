/** How one part is: able to work, working in a lesser way, or not working. */
export type PartStatus = 'ok' | 'degraded' | 'down';

export interface PartHealth {
  readonly status: PartStatus;
  /** One or a few words for people, such as "connected" or "embedded". */
  readonly detail: string;
}

/** The body of GET /health. */
export interface HealthReport {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly services: Readonly<Record<string, string>>;
}

/** Whether new work may come: not yet, yes, or no more. */
export type Readiness = 'starting' | 'ready' | 'draining';

/** Knows how every part of the process is, and whether the process wants new work. */
export class HealthRegistry {
  readonly #probes = new Map<string, () => PartHealth>();
  readonly #listeners = new Set<(readiness: Readiness) => void>();
  #readiness: Readiness = 'starting';

  /** Adds a part; `probe` must answer at once, from what it already knows. Throws if the name is taken. */
  register(name: string, probe: () => PartHealth): void {
    if (this.#probes.has(name)) throw new Error(`A health probe named "${name}" is already registered.`);
    this.#probes.set(name, probe);
  }

  /** The worst part decides: one that is down makes the whole unhealthy. A probe that throws counts as down. */
  report(): HealthReport {
    const services: Record<string, string> = {};
    const seen = new Set<PartStatus>();
    for (const [name, probe] of this.#probes) {
      const { status, detail } = ask(probe);
      seen.add(status);
      services[name] = detail;
    }
    return { status: seen.has('down') ? 'unhealthy' : seen.has('degraded') ? 'degraded' : 'healthy', services };
  }

  get readiness(): Readiness {
    return this.#readiness;
  }

  /** Why new work is not welcome, in a sentence; null if it is. */
  get refusal(): string | null {
    const { status } = this.report();
    if (this.#readiness === 'ready' && status !== 'unhealthy') return null;
    return `The server is ${this.#readiness === 'ready' ? status : this.#readiness}; new sessions are not welcome.`;
  }

  /** Moves on from starting to ready to draining; a step back is ignored. */
  become(readiness: 'ready' | 'draining'): void {
    if (this.#readiness === readiness || this.#readiness === 'draining') return;
    this.#readiness = readiness;
    for (const listener of this.#listeners) listener(readiness);
  }

  /** Calls `listener` at each later change; the returned function ends that. */
  onReadiness(listener: (readiness: Readiness) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

const ask = (probe: () => PartHealth): PartHealth => {
  try {
    return probe();
  } catch (error) {
    return { status: 'down', detail: error instanceof Error ? error.message : String(error) };
  }
};
