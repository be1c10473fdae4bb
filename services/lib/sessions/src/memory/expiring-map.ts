import type { Clock } from '@verbatim/contracts';

interface Entry<V> {
  readonly value: V;
  readonly expiresAt: number;
}

/**
 * A map whose entries vanish `ttlMs` after they were last set. As every entry has the same time to live, the
 * map's own order is the order of expiry: one timer, for the oldest entry, is enough for any number of them.
 */
export class ExpiringMap<V> {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #onExpire: (key: string, value: V) => void;
  readonly #entries = new Map<string, Entry<V>>();
  #stopTimer: (() => void) | null = null;

  constructor(clock: Clock, ttlMs: number, onExpire: (key: string, value: V) => void) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#onExpire = onExpire;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > this.#clock.now()) return entry?.value;
    this.#expire();
    return undefined;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAt: this.#clock.now() + this.#ttlMs });
    this.#startTimer();
  }

  delete(key: string): void {
    this.#entries.delete(key);
    if (this.#entries.size === 0) this.#clearTimer();
  }

  clear(): void {
    this.#entries.clear();
    this.#clearTimer();
  }

  #startTimer(): void {
    const oldest = this.#entries.values().next().value;
    if (this.#stopTimer !== null || oldest === undefined) return;
    this.#stopTimer = this.#clock.after(Math.max(0, oldest.expiresAt - this.#clock.now()), () => this.#expire());
  }

  #clearTimer(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  #expire(): void {
    this.#clearTimer();
    const now = this.#clock.now();
    for (const [key, { value, expiresAt }] of this.#entries) {
      if (expiresAt > now) break;
      this.#entries.delete(key);
      this.#onExpire(key, value);
    }
    this.#startTimer();
  }
}
