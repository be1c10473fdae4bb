/** How long a pair of stores remembers. */
export interface TtlOptions {
  /** Seconds after its last activity at which a session is forgotten, and after its end a job. Default 3600. */
  readonly ttlSeconds?: number;
  /** Seconds after its last activity at which an unfinished job is forgotten, and a settled idempotency key. Default 86400. */
  readonly unfinishedJobTtlSeconds?: number;
  /** Seconds after which an idempotency key that was reserved and never settled is free again. Default 3600. */
  readonly reservationTtlSeconds?: number;
}

/** Whole milliseconds. */
export interface Ttls {
  readonly sessionMs: number;
  readonly finishedJobMs: number;
  readonly unfinishedJobMs: number;
  readonly settledKeyMs: number;
  readonly reservedKeyMs: number;
}

export const ttlsOf = (options: TtlOptions): Ttls => {
  const { ttlSeconds = 3_600, unfinishedJobTtlSeconds = 86_400, reservationTtlSeconds = 3_600 } = options;
  const ttlMs = Math.ceil(ttlSeconds * 1_000);
  const unfinishedMs = Math.ceil(unfinishedJobTtlSeconds * 1_000);
  return {
    sessionMs: ttlMs,
    finishedJobMs: ttlMs,
    unfinishedJobMs: unfinishedMs,
    settledKeyMs: unfinishedMs,
    reservedKeyMs: Math.ceil(reservationTtlSeconds * 1_000),
  };
};
