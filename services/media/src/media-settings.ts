import { systemClock } from '@verbatim/contracts';
import type { MediaConfig } from '@verbatim/kit';
import { addressRules, deliverWebhook } from '@verbatim/webhooks';
import type { DecodeLimits } from './decode/index.ts';
import type { WebhookRunOptions } from './jobs/webhook-run.ts';

/** ffmpeg that gives nothing for this long is stuck: it decodes hundreds of times faster than real time. */
const STALL_MS = 30_000;
/** ffmpeg decodes the slowest of codecs this many times faster than real time on a slow processor, and more. */
const SLOWEST_DECODE = 20;
/** For ffmpeg to begin, whatever the file. */
const CPU_TO_BEGIN_S = 60;
/** For one try of a webhook. */
const WEBHOOK_TIMEOUT_MS = 10_000;

/** The configuration in the words of the decoder. */
export const decodeLimits = (config: Pick<MediaConfig, 'MAX_AUDIO_S' | 'FFMPEG_MEMORY_MB'>): DecodeLimits => ({
  maxAudioSeconds: config.MAX_AUDIO_S,
  memoryBytes: config.FFMPEG_MEMORY_MB * 2 ** 20,
  cpuSeconds: CPU_TO_BEGIN_S + Math.ceil(config.MAX_AUDIO_S / SLOWEST_DECODE),
  stallMs: STALL_MS,
});

/** How webhooks are told; null without a secret to sign with. */
export const webhookSender = ({
  WEBHOOK_SECRET: secret,
  WEBHOOK_ALLOW,
}: Pick<MediaConfig, 'WEBHOOK_SECRET' | 'WEBHOOK_ALLOW'>): WebhookRunOptions['sender'] | null => {
  if (secret === undefined) return null;
  const allow = addressRules(WEBHOOK_ALLOW);
  return (url, message, signal) =>
    deliverWebhook(url, message, { secret, allow, timeoutMs: WEBHOOK_TIMEOUT_MS, clock: systemClock, signal });
};
