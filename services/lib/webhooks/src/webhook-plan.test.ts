import { describe, expect, it } from 'vitest';
import { outcomeOf } from './webhook-outcome.ts';
import { WEBHOOK_ATTEMPTS, webhookPlan } from './webhook-plan.ts';

const middle = () => 0.5;
const FAILED = { retry: true, reason: '' };

describe('the plan of a webhook', () => {
  it('tries seven times over about an hour and three quarters, ever more slowly', () => {
    const waits = Array.from({ length: WEBHOOK_ATTEMPTS }, (_, made) => webhookPlan(made + 1, FAILED, middle));
    expect(waits).toEqual([
      ...[5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000].map((retryInMs) => ({ retryInMs })),
      'give_up',
    ]);
    expect(WEBHOOK_ATTEMPTS).toBe(7);
  });

  it('varies each wait by a tenth both ways', () => {
    expect(webhookPlan(1, FAILED, () => 0)).toEqual({ retryInMs: 4_500 });
    expect(webhookPlan(1, FAILED, () => 1)).toEqual({ retryInMs: 5_500 });
  });

  it('ends with a delivery, and where another try makes no sense', () => {
    expect(webhookPlan(1, 'delivered', middle)).toBe('done');
    expect(webhookPlan(1, { retry: false, reason: '' }, middle)).toBe('give_up');
  });

  it('waits longer where the receiver asks for it, an hour at most, and never less than planned', () => {
    expect(webhookPlan(1, { ...FAILED, retryAfterMs: 60_000 }, middle)).toEqual({ retryInMs: 60_000 });
    expect(webhookPlan(1, { ...FAILED, retryAfterMs: 1e9 }, middle)).toEqual({ retryInMs: 3_600_000 });
    expect(webhookPlan(3, { ...FAILED, retryAfterMs: 1_000 }, middle)).toEqual({ retryInMs: 120_000 });
  });
});

describe('the outcome of a try', () => {
  const outcome = (status: number, retryAfter?: string) => outcomeOf({ status, retryAfter }, Date.UTC(2026, 0, 1));

  it.each([200, 201, 202, 204])('is a delivery where the receiver answered %d', (status) => {
    expect(outcome(status)).toBe('delivered');
  });

  it.each([400, 401, 404, 410, 413, 422])('is final where the receiver answered %d', (status) => {
    expect(outcome(status)).toEqual({ retry: false, reason: `The receiver answered ${status}.` });
  });

  it.each([301, 302, 307, 408, 425, 429, 500, 502, 503])('is to be tried again after %d', (status) => {
    expect(outcome(status)).toMatchObject({ retry: true });
  });

  it.each([
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('has a Retry-After of %s as %s ms', (header, ms) => {
    const found = outcome(503, header);
    expect(found === 'delivered' ? found : found.retryAfterMs).toBe(ms);
  });
});
