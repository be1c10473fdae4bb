import type { Clock } from '@verbatim/contracts';
import type { KeyState } from '../ports.ts';
import type { Ttls } from '../ttls.ts';
import { ExpiringMap } from './expiring-map.ts';

type UsedKey = Extract<KeyState, { state: 'used' }>;

/** What clients' idempotency keys stand for. */
export class IdempotencyKeys {
  /** Who is serving the request now. */
  readonly #holders: ExpiringMap<string>;
  readonly #used: ExpiringMap<UsedKey>;

  constructor(clock: Clock, { reservedKeyMs, settledKeyMs }: Ttls) {
    this.#holders = new ExpiringMap(clock, reservedKeyMs, () => {});
    this.#used = new ExpiringMap(clock, settledKeyMs, () => {});
  }

  reserve(tenant: string, key: string, holder: string): KeyState {
    const name = nameOf(tenant, key);
    const used = this.#used.get(name);
    if (used !== undefined) return used;
    const current = this.#holders.get(name);
    if (current !== undefined && current !== holder) return { state: 'busy' };
    if (current === undefined) this.#holders.set(name, holder);
    return { state: 'reserved' };
  }

  settle(tenant: string, key: string, holder: string, jobId: string, fingerprint: string): void {
    const name = nameOf(tenant, key);
    if (this.#holders.get(name) !== holder) return;
    this.#holders.delete(name);
    this.#used.set(name, { state: 'used', jobId, fingerprint });
  }

  release(tenant: string, key: string, holder: string): void {
    const name = nameOf(tenant, key);
    if (this.#holders.get(name) === holder) this.#holders.delete(name);
  }

  clear(): void {
    this.#holders.clear();
    this.#used.clear();
  }
}

const nameOf = (tenant: string, key: string): string => JSON.stringify([tenant, key]);
