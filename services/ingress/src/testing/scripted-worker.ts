import { type Bus, type Claim, type JobTask, SlotPool } from '@verbatim/bus';
import { type Final, type JobSpec, jobSessionId, type SessionSpec, secondsFromSamples } from '@verbatim/contracts';
import type { JobStore, SessionStore } from '@verbatim/sessions';

export interface ScriptedWorkerOptions {
  readonly bus: Bus;
  readonly store: SessionStore;
  readonly jobs: JobStore;
  /** What is said in every file, in order. */
  readonly finals: readonly Final[];
}

/** Stands in for media workers and transcribers at the ports: every file says the same, and its job is completed at once. */
export class ScriptedWorker {
  /** Every job that came, in order. */
  readonly seen: JobSpec[] = [];
  readonly #options: ScriptedWorkerOptions;
  readonly #stop = new AbortController();

  constructor(options: ScriptedWorkerOptions) {
    this.#options = options;
    void this.#work();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #work(): Promise<void> {
    const slots = new SlotPool(4);
    for await (const claim of this.#options.bus.tasks.take('transcribe', slots, this.#stop.signal)) {
      void this.#finish(claim).finally(() => slots.release());
    }
  }

  async #finish(claim: Claim<JobTask>): Promise<void> {
    const { bus, store, jobs, finals } = this.#options;
    const { jobId } = claim.spec;
    const grant = await jobs.claim(jobId, 'scripted');
    if (grant === null) return claim.done();
    this.seen.push(grant.record.spec);
    const sessionId = jobSessionId(jobId, 0);
    await store.open({ ...SESSION, ...grant.record.spec, sessionId }, 'none');
    const { epoch } = (await store.claim(sessionId, 'scripted'))!;
    for (const final of finals) await store.commit(sessionId, epoch, { final, cursor: final.end, state: NOTHING });
    await store.close(sessionId, 'end_of_audio');
    await jobs.report(jobId, grant.epoch, { sessions: 1 });
    const audioSeconds = secondsFromSamples(finals.at(-1)?.end ?? 0);
    await jobs.finish(jobId, grant.epoch, { status: 'completed', audioSeconds, warnings: [] });
    await bus.notices.tell(jobId);
    await claim.done();
  }
}

const NOTHING = new Uint8Array(0);

/** What a job's spec does not say. */
const SESSION: Pick<
  SessionSpec,
  'kind' | 'encoding' | 'sampleRateHertz' | 'channelCount' | 'partialResults' | 'overflow'
> = {
  kind: 'job',
  encoding: 'linear16',
  sampleRateHertz: 16_000,
  channelCount: 1,
  partialResults: false,
  overflow: 'block',
};
