import { type Clock, SAMPLE_RATE } from '@verbatim/contracts';
import type { DecodeResult, DecodeWishes } from '../engines/engine.ts';
import { type Abortion, abort, type DecodePool, type DecodeWork, isAborted, newAbortion } from './decode-pool.ts';
import { cadenceMs, LoadMeter } from './load-meter.ts';
import { type DecodeKind, isLong, limitsFor, planBatch, workersForJobs, workersForLong } from './plan-batch.ts';
import { SpeedMeter } from './speed-meter.ts';

export interface DecodeOrder extends DecodeWishes {
  readonly sessionId: string;
  readonly kind: DecodeKind;
  /** 16 kHz mono; the scheduler keeps it, so it must not change. */
  readonly pcm16: Int16Array;
}

/** In milliseconds since 1970. */
export interface DecodeSpan {
  readonly began: number;
  readonly ended: number;
}

/** A decode that was asked for. */
export interface DecodeTicket {
  /** Null if it was cancelled or superseded. Rejects if the engine failed on it twice. */
  readonly result: Promise<DecodeResult | null>;
  /** When a worker had it, by the wall clock; null before it is done. */
  readonly span: DecodeSpan | null;
  /** Makes a speculative decode a final one. */
  promote(): void;
  /** Takes it back; one that has begun ends as soon as it can. */
  cancel(): void;
}

interface Task {
  readonly order: DecodeOrder;
  kind: DecodeKind;
  readonly abortion: Abortion;
  readonly submitted: number;
  /** Shared with the decode that repeats it, where its result looks wrong. */
  readonly work: { began: number | null; ended: number | null };
  resolve(result: DecodeResult | null): void;
  reject(error: unknown): void;
}

export interface SchedulerStats {
  readonly queued: number;
  readonly rows: number;
  readonly superseded: number;
  /** 0 to 1, smoothed. */
  readonly load: number;
}

/** A batch that was decoded. */
export interface DecodedBatch {
  /** That of its first row; a batch has rows of one group. */
  readonly kind: DecodeKind;
  readonly audioSeconds: number;
  /** From when a worker had it to its result, in milliseconds. */
  readonly decodeMs: number;
  /** For each row, how long it waited for a worker, in milliseconds. */
  readonly waitMs: readonly number[];
}

/**
 * Gathers the decodes of all sessions and forms batches as workers come free: finals first, then first partials, then
 * partials, then jobs. A newer partial of a session replaces an older one that has not begun.
 */
export class DecodeScheduler {
  readonly #pool: DecodePool;
  readonly #clock: Clock;
  readonly #meter: LoadMeter;
  readonly #speed = new SpeedMeter();
  readonly #lastServed = new Map<string, number>();
  #queue: Task[] = [];
  #running = 0;
  #runningJobs = 0;
  #runningLong = 0;
  /** When a live session last asked for a decode. */
  #liveAt = Number.NEGATIVE_INFINITY;
  #planned = false;
  #onBatch: (batch: DecodedBatch) => void = () => {};
  #rows = 0;
  #superseded = 0;

  constructor(pool: DecodePool, clock: Clock) {
    this.#pool = pool;
    this.#clock = clock;
    this.#meter = new LoadMeter(pool.size, clock.now());
  }

  submit(order: DecodeOrder): DecodeTicket {
    if (order.kind === 'partial' || order.kind === 'first_partial') this.#supersede(order.sessionId);
    if (order.kind !== 'job') this.#liveAt = this.#clock.now();
    let task!: Task;
    const result = new Promise<DecodeResult | null>((resolve, reject) => {
      const work = { began: null, ended: null };
      task = { order, kind: order.kind, abortion: newAbortion(), submitted: this.#clock.now(), work, resolve, reject };
    });
    const { work } = task;
    this.#queue.push(task);
    this.#planSoon();
    return {
      result,
      get span() {
        const { began, ended } = work;
        return began === null || ended === null ? null : { began, ended };
      },
      promote: () => {
        if (task.kind === 'speculative') task.kind = 'final';
      },
      cancel: () => {
        abort(task.abortion);
        for (const queued of this.#queue.filter(({ abortion }) => abortion === task.abortion)) this.#drop(queued);
      },
    };
  }

  /** How long a session should wait between two partials now. */
  cadenceMs(): number {
    return cadenceMs(this.#meter.load(this.#clock.now()));
  }

  /** Tells of each batch from now on. */
  observe(onBatch: (batch: DecodedBatch) => void): void {
    this.#onBatch = onBatch;
  }

  /** Forgets what is remembered of a session. */
  forget(sessionId: string): void {
    for (const task of this.#queue.filter((queued) => queued.order.sessionId === sessionId)) this.#drop(task);
    this.#lastServed.delete(sessionId);
  }

  stats(): SchedulerStats {
    return {
      queued: this.#queue.length,
      rows: this.#rows,
      superseded: this.#superseded,
      load: this.#meter.load(this.#clock.now()),
    };
  }

  #supersede(sessionId: string): void {
    for (const task of this.#queue) {
      const partial = task.kind === 'partial' || task.kind === 'first_partial';
      if (partial && task.order.sessionId === sessionId) {
        this.#superseded++;
        this.#drop(task);
      }
    }
  }

  #drop(task: Task): void {
    const queued = this.#queue.indexOf(task);
    if (queued < 0) return;
    this.#queue = this.#queue.filter((other) => other !== task);
    task.resolve(null);
  }

  /** Plans after the current turn of the event loop, so that what arrives together is decoded together. */
  #planSoon(): void {
    if (this.#planned) return;
    this.#planned = true;
    setImmediate(() => {
      this.#planned = false;
      this.#startBatches();
    });
  }

  #startBatches(): void {
    while (this.#running < this.#pool.size) {
      const ready = this.#ready();
      if (ready.length === 0) return;
      const chosen = planBatch(
        ready.map((task) => ({
          kind: task.kind,
          submitted: task.submitted,
          lastServed: this.#lastServed.get(task.order.sessionId) ?? 0,
          seconds: secondsOf(task),
        })),
        limitsFor(this.#speed.msPerSecond),
      ).map((i) => ready[i]!);
      this.#queue = this.#queue.filter((task) => !chosen.includes(task));
      void this.#run(chosen);
    }
  }

  /** What may begin now: jobs, and what is long, only while they leave room for what is urgent. */
  #ready(): readonly Task[] {
    const sinceLive = this.#clock.now() - this.#liveAt;
    const jobs = this.#runningJobs < workersForJobs(this.#pool.size, sinceLive);
    const long = this.#runningLong < workersForLong(this.#pool.size);
    return this.#queue.filter((task) => (jobs || task.kind !== 'job') && (long || !this.#isLong(task)));
  }

  #isLong(task: Task): boolean {
    return isLong(task.kind, secondsOf(task) * this.#speed.msPerSecond);
  }

  async #run(batch: readonly Task[]): Promise<void> {
    this.#running++;
    const long = batch.some((task) => this.#isLong(task));
    if (long) this.#runningLong++;
    if (isOfJobs(batch)) this.#runningJobs++;
    const began = this.#clock.now();
    this.#meter.began(began);
    // At the start: by the end, a session may have been forgotten, and must stay so.
    for (const { order, work } of batch) {
      this.#lastServed.set(order.sessionId, began);
      work.began ??= this.#clock.wall();
    }
    try {
      const results = await this.#pool.decode(batch.map(workOf));
      batch.forEach((task, i) => {
        this.#settle(task, results[i] ?? null);
      });
    } catch {
      // One row that the engine cannot take must not cost its batch mates their text: each has a second try alone.
      await Promise.all(batch.map((task) => this.#retry(task)));
    } finally {
      if (long) this.#runningLong--;
      this.#finished(batch, began);
    }
  }

  /** A result that looks wrong goes back to the end of the queue as a hard decode, so that its batch mates need not wait. */
  #settle(task: Task, result: DecodeResult | null): void {
    if (result?.suspect !== true || task.order.hard || isAborted(task.abortion)) {
      task.work.ended = this.#clock.wall();
      task.resolve(result);
      return;
    }
    const order = { ...task.order, draft: result.tokens, hard: true };
    this.#queue.push({ ...task, order, kind: 'hard', submitted: this.#clock.now() });
    this.#planSoon();
  }

  async #retry(task: Task): Promise<void> {
    try {
      const [result] = await this.#pool.decode([workOf(task)]);
      this.#settle(task, result ?? null);
    } catch (error) {
      task.reject(error);
    }
  }

  #finished(batch: readonly Task[], began: number): void {
    const now = this.#clock.now();
    this.#running--;
    if (isOfJobs(batch)) this.#runningJobs--;
    this.#meter.finished(now);
    this.#rows += batch.length;
    const seconds = batch.reduce((sum, task) => sum + secondsOf(task), 0);
    this.#onBatch({
      kind: batch[0]!.kind,
      audioSeconds: seconds,
      decodeMs: now - began,
      waitMs: batch.map(({ submitted }) => began - submitted),
    });
    if (batch[0]?.kind !== 'hard') this.#speed.add(seconds, now - began);
    this.#startBatches();
  }
}

const secondsOf = ({ order }: Task): number => order.pcm16.length / SAMPLE_RATE;

const isOfJobs = (batch: readonly Task[]): boolean => batch[0]?.kind === 'job';

const workOf = ({ order: { sessionId, kind, ...order }, abortion }: Task): DecodeWork => ({ ...order, abortion });
