import { expect, it } from 'vitest';
import { RestartBackoff } from './restart-backoff.ts';

it('waits twice as long after each early death, up to 15 s, for each member by itself', () => {
  const backoff = new RestartBackoff();
  const waits = [1, 2, 3, 4, 5, 6, 7].map(() => backoff.after('ingress-1', 1_000));
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  expect(backoff.after('ingress-2', 1_000)).toBe(500);
});

it('begins anew after a member that lived well', () => {
  const backoff = new RestartBackoff();
  for (let i = 0; i < 5; i++) backoff.after('nats', 100);
  expect(backoff.after('nats', 30_000)).toBe(500);
  expect(backoff.after('nats', 100)).toBe(1_000);
});
