import { z } from 'zod';

/** How new a delivery of a claim is: when its offer was stored (nanoseconds, as text) and how often it was delivered. */
export interface ClaimRank {
  readonly storedNs: string;
  readonly deliveries: number;
}

/** What is said on the holder subject of a session or task. A probe is a request: only a process that holds the claim answers. */
export type HolderMessage =
  | { readonly type: 'probe' }
  | { readonly type: 'withdrawn' }
  | { readonly type: 'taken'; readonly by: string; readonly rank: ClaimRank };

export const holderMessageSchema: z.ZodType<HolderMessage> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('probe') }),
  z.object({ type: z.literal('withdrawn') }),
  z.object({
    type: z.literal('taken'),
    by: z.string(),
    rank: z.object({ storedNs: z.string().regex(/^\d{1,20}$/), deliveries: z.number().int() }),
  }),
]);

export const encodeHolderMessage = (message: HolderMessage): string => JSON.stringify(message);

/** Above 0 if `a` was delivered after `b`. */
export const compareRanks = (a: ClaimRank, b: ClaimRank): number => {
  const stored = BigInt(a.storedNs) - BigInt(b.storedNs);
  return stored === 0n ? a.deliveries - b.deliveries : stored > 0n ? 1 : -1;
};
