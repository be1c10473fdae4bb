import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Target, Targets } from './prometheus.ts';

/** Of .verbatim/cluster.json, in which `npm run cluster` says who and where its members are (test/cluster/state-file.ts). */
const stateFile = z.object({
  members: z.array(
    z.object({ name: z.string(), role: z.string(), addresses: z.object({ metrics: z.string().optional() }) }),
  ),
});

const JOBS: Record<string, string> = {
  ingress: 'verbatim-ingress',
  transcriber: 'verbatim-transcriber',
  media: 'verbatim-media',
};

const POLL_MS = 1_000;

/**
 * The processes that a cluster's state file tells of. One that has died, or starts again, is still a target, at the address that it
 * had: that it does not answer must be seen.
 */
export class ClusterTargets {
  readonly #file: string;
  readonly #addresses = new Map<string, string>();
  #last = '';

  constructor(file: string) {
    this.#file = file;
  }

  /** None while no cluster runs. */
  async read(): Promise<Targets> {
    const state = parse(await readFile(this.#file, 'utf8').catch(() => ''));
    if (state === null) {
      this.#addresses.clear();
      return {};
    }
    const targets: Record<string, Target[]> = {};
    for (const { name, role, addresses } of state.members) {
      if (addresses.metrics !== undefined) this.#addresses.set(name, new URL(addresses.metrics).host);
      const address = this.#addresses.get(name);
      const job = JOBS[role];
      if (job !== undefined && address !== undefined)
        targets[job] = [...(targets[job] ?? []), { address, instance: name }];
    }
    return targets;
  }

  /** Calls `use` with the targets when they are others than before, at first at once; until the signal. */
  async follow(use: (targets: Targets) => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const targets = await this.read();
      const text = JSON.stringify(targets);
      if (text !== this.#last) await use(targets);
      this.#last = text;
      await pause(POLL_MS, undefined, { signal }).catch(() => {});
    }
  }
}

/** null where there is no cluster. A file of another kind tells of none. */
function parse(text: string): z.output<typeof stateFile> | null {
  try {
    const parsed = stateFile.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
