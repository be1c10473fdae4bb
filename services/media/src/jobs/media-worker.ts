import { type Bus, type Claim, type JobTask, SlotPool, type TaskKind } from '@verbatim/bus';
import { SttError } from '@verbatim/contracts';
import { type JobRunOptions, runJob } from './job-run.ts';
import { runWebhook, type WebhookRunOptions } from './webhook-run.ts';

export interface MediaWorkerOptions extends Omit<JobRunOptions, 'bus'> {
  readonly bus: Bus;
  /** Files at a time. */
  readonly slots: number;
  /** How webhooks are told; null: none are. */
  readonly webhooks: WebhookRunOptions['sender'] | null;
}

/** Webhooks at a time: they wait most of their time for the next try. */
const WEBHOOK_SLOTS = 64;
const TAKE_AGAIN_MS = 1_000;

/** Takes what there is to do for jobs while it has slots. */
export class MediaWorker {
  readonly #options: MediaWorkerOptions;
  readonly #pools: Readonly<Record<TaskKind, SlotPool>>;
  readonly #drain = new AbortController();
  readonly #runs = new Set<Promise<void>>();
  readonly #taking: Promise<unknown>;

  private constructor(options: MediaWorkerOptions) {
    this.#options = options;
    this.#pools = {
      transcribe: new SlotPool(options.slots),
      webhook: new SlotPool(options.webhooks === null ? 0 : WEBHOOK_SLOTS),
    };
    this.#taking = Promise.all([this.#take('transcribe'), this.#take('webhook')]);
  }

  /** Starts to take tasks at once. */
  static start(options: MediaWorkerOptions): MediaWorker {
    return new MediaWorker(options);
  }

  /** Room for files. */
  get slots(): { readonly size: number; readonly used: number } {
    const { size, used } = this.#pools.transcribe;
    return { size, used };
  }

  /** Takes no more tasks and hands those it has over, as far as they are. */
  async drain(): Promise<void> {
    this.#drain.abort(new Error('The media worker stops.'));
    await this.#taking;
    await Promise.all(this.#runs);
  }

  async #take(kind: TaskKind): Promise<void> {
    const { bus, clock, logger } = this.#options;
    const { signal } = this.#drain;
    const slots = this.#pools[kind];
    if (slots.size === 0) return;
    while (!signal.aborted) {
      try {
        for await (const claim of bus.tasks.take(kind, slots, signal)) this.#start(claim, slots);
      } catch (error) {
        logger.error({ err: error, code: SttError.from(error).code }, 'tasks can not be taken; trying again');
        await new Promise<void>((resolve) => {
          clock.after(TAKE_AGAIN_MS, resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    }
  }

  #start(claim: Claim<JobTask>, slots: SlotPool): void {
    const run = this.#run(claim).finally(() => {
      this.#runs.delete(run);
      slots.release();
    });
    this.#runs.add(run);
  }

  #run(claim: Claim<JobTask>): Promise<void> {
    const { webhooks, ...options } = this.#options;
    if (claim.spec.kind === 'transcribe') return runJob(claim, options, this.#drain.signal);
    if (webhooks === null) return claim.release();
    return runWebhook(claim, { ...options, sender: webhooks }, this.#drain.signal);
  }
}
