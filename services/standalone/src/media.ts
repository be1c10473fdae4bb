import { systemClock } from '@verbatim/contracts';
import type { Logger, Metrics, Spool, StandaloneConfig } from '@verbatim/kit';
import {
  countJobs,
  decodeLimits,
  type MediaTools,
  MediaWorker,
  openUpload,
  watchMedia,
  webhookSender,
} from '@verbatim/media';
import type { Embedded } from './embedded.ts';

/** A third of the memory queue's ack wait. */
const HEARTBEAT_MS = 1_500;

interface MediaParts {
  readonly spool: Spool;
  readonly tools: MediaTools;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The media worker of this process: as many files at a time as the transcriber has room for. */
export function startMediaWorker(
  config: StandaloneConfig,
  { bus, jobs, store }: Embedded,
  { spool, tools, logger, metrics }: MediaParts,
): MediaWorker {
  const limits = decodeLimits(config);
  const worker = MediaWorker.start({
    bus,
    jobs,
    sessions: store,
    open: (job, signal) => openUpload(job, { objects: bus.objects, spool, tools, limits }, signal),
    owner: `standalone-${process.pid}`,
    clock: systemClock,
    heartbeatMs: HEARTBEAT_MS,
    logger,
    slots: config.WORKER_CONCURRENCY,
    webhooks: webhookSender(config),
    observer: countJobs(metrics),
  });
  watchMedia(metrics, worker);
  return worker;
}
