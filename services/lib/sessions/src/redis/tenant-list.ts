import { SttError } from '@verbatim/contracts';
import type { SessionPage, SessionRecord } from '../ports.ts';
import type { Client } from './client.ts';
import type { Link } from './link.ts';

/** A session as the list knows it. The same id opened again is another entry. */
export interface ListEntry {
  /** Microseconds since the epoch, as 16 digits. */
  readonly opened: string;
  readonly sessionId: string;
}

/** Entries looked at by each opening: with n, at most one of n entries is dead on the whole. */
const LOOKED_AT = 4;
/** Entries read at once, at least. */
const CHUNK = 50;

/**
 * Which sessions a tenant has: a sorted set of `<opened>:<session id>`, all with score 0, so that the order of the members
 * is that of the openings and each is a place to go on from. It lies beside the sessions, in another slot of a cluster, so
 * it may name some that are gone: readers remove those, and each opening looks for some. It expires as a whole after the
 * tenant's last session.
 */
export class TenantList {
  readonly #link: Link;
  readonly #ttlMs: number;

  constructor(link: Link, ttlMs: number) {
    this.#link = link;
    // A session renews the list once in half a time to live, so one and a half outlive it.
    this.#ttlMs = Math.ceil(ttlMs * 1.5);
  }

  /** Puts the session in its place, where it may be already, and keeps the list alive. */
  async add(tenant: string, entry: ListEntry): Promise<void> {
    await this.#link.run(async (client) => {
      const key = keyOf(tenant);
      await Promise.all([client.zadd(key, 0, memberOf(entry)), client.pexpire(key, this.#ttlMs)]);
    });
  }

  async remove(tenant: string, entry: ListEntry): Promise<void> {
    await this.#link.run((client) => client.zrem(keyOf(tenant), memberOf(entry)));
  }

  /** Removes what is dead among a few entries taken at random. May be left undone. */
  async tidy(tenant: string, lives: (client: Client, entry: ListEntry) => Promise<boolean>): Promise<void> {
    await this.#link.attempt(async (client) => {
      const entries = (await client.zrandmember(keyOf(tenant), LOOKED_AT)).flatMap(
        (member) => parseMember(member) ?? [],
      );
      const alive = await Promise.all(entries.map((entry) => lives(client, entry)));
      const dead = entries.filter((_, i) => alive[i] === false);
      if (dead.length > 0) await client.zrem(keyOf(tenant), ...dead.map(memberOf));
    });
  }

  /** Up to `limit` sessions, newest first, from behind the one that ended the page which gave `after`. */
  async page(
    tenant: string,
    limit: number,
    after: string | null,
    load: (entries: readonly ListEntry[]) => Promise<readonly (SessionRecord | null)[]>,
  ): Promise<SessionPage> {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new SttError('invalid_argument', `A page of ${limit} sessions was asked for; ask for 1 or more.`, {
        field: 'limit',
      });
    }
    let before = after === null ? null : memberOf(parseToken(after));
    const found: { readonly entry: ListEntry; readonly record: SessionRecord }[] = [];
    // One more than the page holds tells whether there is another page.
    for (let more = true; more && found.length <= limit; ) {
      const chunk = Math.max(CHUNK, limit + 1 - found.length);
      const members = await this.#older(tenant, before, chunk);
      const entries = members.flatMap((member) => parseMember(member) ?? []);
      const records = await load(entries);
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
      sessions: page.map(({ record }) => record),
      next: last !== undefined && found.length > limit ? tokenOf(last.entry) : null,
    };
  }

  #older(tenant: string, before: string | null, count: number): Promise<string[]> {
    const from = before === null ? '+' : `(${before}`;
    return this.#link.run((client) => client.zrange(keyOf(tenant), from, '-', 'BYLEX', 'REV', 'LIMIT', 0, count));
  }

  async #forget(tenant: string, gone: readonly ListEntry[]): Promise<void> {
    if (gone.length > 0) await this.#link.attempt((client) => client.zrem(keyOf(tenant), ...gone.map(memberOf)));
  }
}

const keyOf = (tenant: string): string => `stt:stream:sessions:${tenant}`;
const memberOf = ({ opened, sessionId }: ListEntry): string => `${opened}:${sessionId}`;

const parseMember = (member: string): ListEntry | null => {
  const [, opened, sessionId] = /^(\d{16}):(.+)$/s.exec(member) ?? [];
  return opened === undefined || sessionId === undefined ? null : { opened, sessionId };
};

const tokenOf = (entry: ListEntry): string => Buffer.from(memberOf(entry)).toString('base64url');

const parseToken = (token: string): ListEntry => {
  const entry = parseMember(Buffer.from(token, 'base64url').toString());
  if (entry !== null && tokenOf(entry) === token) return entry;
  throw new SttError('invalid_argument', `"${token}" is not a page token of this list; start without one.`, {
    field: 'after',
  });
};
