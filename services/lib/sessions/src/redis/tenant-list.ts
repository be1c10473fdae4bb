import { SttError } from '@verbatim/contracts';
import type { Link } from './link.ts';

/** A record as the list knows it. The same id opened again is another entry. */
export interface ListEntry {
  /** Microseconds since the epoch, as 16 digits. */
  readonly opened: string;
  readonly id: string;
}

/** Where a kind of record lies, and how it is read. */
export interface ListedRecords<R> {
  /** The key of a tenant's list. */
  readonly listKey: (tenant: string) => string;
  /** The key of a record: a hash whose field `opened` is that of its entry. */
  readonly recordKey: (id: string) => string;
  /** The hash's fields that `parse` takes. */
  readonly fields: readonly string[];
  readonly parse: (id: string, values: readonly (string | null)[]) => R | null;
}

export interface ListPage<R> {
  readonly records: readonly R[];
  /** Pass as `after` for the next page; null at the end. */
  readonly next: string | null;
}

/** Entries looked at by each opening: with n, at most one of n entries is dead on the whole. */
const LOOKED_AT = 4;
/** Entries read at once, at least. */
const CHUNK = 50;

/**
 * Which records of a kind a tenant has: a sorted set of `<opened>:<id>`, all with score 0, so that the order of the members
 * is that of the openings and each is a place to go on from. It lies beside the records, in another slot of a cluster, so
 * it may name some that are gone: readers remove those, and each opening looks for some. It expires as a whole after the
 * tenant's last record.
 */
export class TenantList<R> {
  readonly #link: Link;
  readonly #ttlMs: number;
  readonly #kind: ListedRecords<R>;

  /** `ttlMs`: the longest time to live of a record. */
  constructor(link: Link, ttlMs: number, kind: ListedRecords<R>) {
    this.#link = link;
    // A record renews the list once in half a time to live, so one and a half outlive it.
    this.#ttlMs = Math.ceil(ttlMs * 1.5);
    this.#kind = kind;
  }

  /** Puts the record in its place, where it may be already, and keeps the list alive. */
  async add(tenant: string, entry: ListEntry): Promise<void> {
    await this.#link.run(async (client) => {
      const key = this.#kind.listKey(tenant);
      await Promise.all([client.zadd(key, 0, memberOf(entry)), client.pexpire(key, this.#ttlMs)]);
    });
  }

  async remove(tenant: string, entry: ListEntry): Promise<void> {
    await this.#link.run((client) => client.zrem(this.#kind.listKey(tenant), memberOf(entry)));
  }

  /** Removes what is dead among a few entries taken at random. May be left undone. */
  async tidy(tenant: string): Promise<void> {
    const { listKey, recordKey } = this.#kind;
    await this.#link.attempt(async (client) => {
      const members = await client.zrandmember(listKey(tenant), LOOKED_AT);
      const entries = members.flatMap((member) => parseMember(member) ?? []);
      const openings = await Promise.all(entries.map(({ id }) => client.hget(recordKey(id), 'opened')));
      const dead = entries.filter(({ opened }, i) => openings[i] !== opened);
      if (dead.length > 0) await client.zrem(listKey(tenant), ...dead.map(memberOf));
    });
  }

  /** Up to `limit` records, newest first, from behind the one that ended the page which gave `after`. */
  async page(tenant: string, limit: number, after: string | null): Promise<ListPage<R>> {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new SttError('invalid_argument', `A page of ${limit} was asked for; ask for 1 or more.`, {
        field: 'limit',
      });
    }
    let before = after === null ? null : memberOf(parseToken(after));
    const found: { readonly entry: ListEntry; readonly record: R }[] = [];
    // One more than the page holds tells whether there is another page.
    for (let more = true; more && found.length <= limit; ) {
      const chunk = Math.max(CHUNK, limit + 1 - found.length);
      const members = await this.#older(tenant, before, chunk);
      const entries = members.flatMap((member) => parseMember(member) ?? []);
      const records = await this.#load(entries);
      const gone: ListEntry[] = [];
      for (const [i, entry] of entries.entries()) {
        const record = records[i] ?? null;
        if (record === null) gone.push(entry);
        else found.push({ entry, record });
      }
      await this.#forget(tenant, gone);
      before = members.at(-1) ?? before;
      more = members.length === chunk;
    }
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      records: page.map(({ record }) => record),
      next: last !== undefined && found.length > limit ? tokenOf(last.entry) : null,
    };
  }

  #older(tenant: string, before: string | null, count: number): Promise<string[]> {
    const from = before === null ? '+' : `(${before}`;
    return this.#link.run((client) =>
      client.zrange(this.#kind.listKey(tenant), from, '-', 'BYLEX', 'REV', 'LIMIT', 0, count),
    );
  }

  /** Null for each that is gone, or is another one by now. */
  async #load(entries: readonly ListEntry[]): Promise<readonly (R | null)[]> {
    const { recordKey, fields, parse } = this.#kind;
    const values = await this.#link.run((client) =>
      Promise.all(entries.map(({ id }) => client.hmget(recordKey(id), 'opened', ...fields))),
    );
    return entries.map(({ id, opened }, i) => {
      const [current, ...record] = values[i] ?? [];
      return current === opened ? parse(id, record) : null;
    });
  }

  async #forget(tenant: string, gone: readonly ListEntry[]): Promise<void> {
    if (gone.length > 0)
      await this.#link.attempt((client) => client.zrem(this.#kind.listKey(tenant), ...gone.map(memberOf)));
  }
}

const memberOf = ({ opened, id }: ListEntry): string => `${opened}:${id}`;

const parseMember = (member: string): ListEntry | null => {
  const [, opened, id] = /^(\d{16}):(.+)$/s.exec(member) ?? [];
  return opened === undefined || id === undefined ? null : { opened, id };
};

const tokenOf = (entry: ListEntry): string => Buffer.from(memberOf(entry)).toString('base64url');

const parseToken = (token: string): ListEntry => {
  const entry = parseMember(Buffer.from(token, 'base64url').toString());
  if (entry !== null && tokenOf(entry) === token) return entry;
  throw new SttError('invalid_argument', `"${token}" is not a page token of this list; start without one.`, {
    field: 'after',
  });
};
