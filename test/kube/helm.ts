import { findProgram } from '@verbatim/kit';
import { type RunOptions, run, runAnyhow } from './run.ts';

/** Where `npm test` puts helm on a machine without one (scripts/lib/helm.mjs). */
export const helmProgram = (): string | undefined => process.env.VERBATIM_TEST_HELM ?? findProgram('helm');

/** helm for one cluster, with nothing of this user's. */
export class Helm {
  readonly #program: string;
  readonly #env: Readonly<Record<string, string>>;

  /**
   * @param folder for helm's own files
   * @param kubeconfig of the cluster; without one there is none
   */
  constructor(program: string, folder: string, kubeconfig = '/dev/null') {
    this.#program = program;
    this.#env = {
      KUBECONFIG: kubeconfig,
      HELM_CACHE_HOME: folder,
      HELM_CONFIG_HOME: folder,
      HELM_DATA_HOME: folder,
    };
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return await run(this.#program, args, { ...options, env: { ...options.env, ...this.#env } });
  }

  /** helm, whatever its exit code. */
  async runAnyhow(args: readonly string[], options: RunOptions = {}) {
    return await runAnyhow(this.#program, args, { ...options, env: { ...options.env, ...this.#env } });
  }
}
