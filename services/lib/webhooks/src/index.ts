export { type AddressRules, addressRules } from './address-rules.ts';
export { type DeliverOptions, deliverWebhook, type WebhookMessage } from './deliver-webhook.ts';
export type { Lookup } from './target.ts';
export type { WebhookFailure, WebhookOutcome } from './webhook-outcome.ts';
export { WEBHOOK_ATTEMPTS, type WebhookStep, webhookPlan } from './webhook-plan.ts';
export { checkWebhookUrl } from './webhook-url.ts';
