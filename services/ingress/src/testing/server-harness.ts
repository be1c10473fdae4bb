import { type Final, systemClock } from '@verbatim/contracts';
import { HealthRegistry } from '@verbatim/kit';
import { createMemoryStores } from '@verbatim/sessions';
import { createIngress, type IngressDeps, type IngressOptions } from '../ingress.ts';
import { ScriptedWorker } from './scripted-worker.ts';
import { createParts, type Parts } from './session-harness.ts';

/** Files are taken in. */
const FILES = (): IngressDeps['files'] => ({
  jobs: createMemoryStores().jobs,
  defaults: { silenceMs: 1_500, maxUtteranceMs: 15_000 },
  limits: { maxUploadBytes: 2 ** 20, maxUploads: 4, uploadIdleMs: 1_000, maxQueuedJobs: 10 },
  decodes: 'everything',
  checkWebhook: null,
});

/** The doors on free loopback ports, over the memory adapters and a scripted transcriber, in real time. */
export const startServer = async (
  {
    said,
    ...parts
  }: Parts & { /** What is said in every file. Default: nobody works on files. */ said?: readonly Final[] } = {},
  options: Partial<IngressOptions> = {},
) => {
  const made = createParts(systemClock, parts);
  const health = new HealthRegistry();
  health.register('whisper', () => ({ status: 'ok', detail: 'loaded' }));
  health.become('ready');
  const files = FILES();
  const { bus, store } = made;
  const worker = said === undefined ? null : new ScriptedWorker({ bus, store, jobs: files.jobs, finals: said });
  const ingress = await createIngress(
    { ...made.deps, health, files },
    { host: '127.0.0.1', port: 0, grpcPort: 0, ...options },
  );
  return {
    ...made,
    health,
    ingress,
    worker,
    http: `http://127.0.0.1:${ingress.httpPort}`,
    ws: `ws://127.0.0.1:${ingress.httpPort}/v1/stt/stream`,
    stop: async () => {
      made.transcriber.stop();
      worker?.stop();
      await ingress.close();
      await made.bus[Symbol.asyncDispose]();
      made.store.clear();
    },
  };
};

export type TestServer = Awaited<ReturnType<typeof startServer>>;

/** Waits for something that another process or socket brings about; fails loudly when it does not come. */
export const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 5_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen within 5 s.`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
