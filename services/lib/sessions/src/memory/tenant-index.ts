import { SttError } from '@verbatim/contracts';

/** Which records a tenant has, in the order of their opening. */
export class TenantIndex {
  /** Record id to the number of its opening; ascending, as Maps keep the order of insertion. */
  readonly #tenants = new Map<string, Map<string, number>>();
  #lastOpening = 0;

  /** Tenants that have records. */
  get size(): number {
    return this.#tenants.size;
  }

  add(tenant: string, id: string): void {
    const records = this.#tenants.get(tenant) ?? new Map<string, number>();
    this.#tenants.set(tenant, records.set(id, ++this.#lastOpening));
  }

  remove(tenant: string, id: string): void {
    const records = this.#tenants.get(tenant);
    if (records?.delete(id) && records.size === 0) this.#tenants.delete(tenant);
  }

  clear(): void {
    this.#tenants.clear();
  }

  /** Up to `limit` ids, newest first, opened before the one that ended the page which gave `after`. */
  page(tenant: string, limit: number, after: string | null): { readonly ids: string[]; readonly next: string | null } {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new SttError('invalid_argument', `A page of ${limit} was asked for; ask for 1 or more.`, {
        field: 'limit',
      });
    }
    if (after !== null && !/^\d{1,15}$/.test(after)) {
      throw new SttError('invalid_argument', `"${after}" is not a page token of this list; start without one.`, {
        field: 'after',
      });
    }
    const before = after === null ? Number.POSITIVE_INFINITY : Number(after);
    const older = [...(this.#tenants.get(tenant) ?? [])].filter(([, opening]) => opening < before);
    const page = older.slice(-limit).reverse();
    const last = page.at(-1);
    return {
      ids: page.map(([id]) => id),
      next: last !== undefined && older.length > page.length ? String(last[1]) : null,
    };
  }
}
