import { type CloseReason, type Final, type LinkState, type SessionSpec, SttError } from '@verbatim/contracts';
import { z } from 'zod';
import { lostFinals } from '../lost-finals.ts';
import type { Commit, Grant, SessionPage, SessionRecord, SessionStore } from '../ports.ts';
import { parseRedisUrl } from './address.ts';
import { CallIds } from './call-ids.ts';
import { type Client, createClient, readTls, type TlsFiles } from './client.ts';
import { Link } from './link.ts';
import { parseFinal, parseGrant, parseRecord, RECORD_FIELDS } from './record.ts';
import { runScript, type Script } from './script.ts';
import { ATTACH } from './scripts/attach.ts';
import { CLAIM } from './scripts/claim.ts';
import { CLOSE } from './scripts/close.ts';
import { COMMIT } from './scripts/commit.ts';
import { FINALS } from './scripts/finals.ts';
import { OPEN } from './scripts/open.ts';
import { TOUCH } from './scripts/touch.ts';
import { VOUCH } from './scripts/vouch.ts';
import { type ListEntry, TenantList } from './tenant-list.ts';

export interface RedisStoreOptions {
  /** redis://, rediss://, redis+sentinel:// or redis+cluster://, as `parseRedisUrl` says. */
  readonly url: string;
  /** ACL user; goes before the URL's. Default: the server's `default` user. */
  readonly username?: string;
  /** Goes before the URL's. */
  readonly password?: string;
  /** PEM files for rediss URLs. Default: the system's CAs, no client certificate. */
  readonly tls?: TlsFiles;
  /** Seconds after its last activity at which a session is forgotten. Default 3600. */
  readonly ttlSeconds?: number;
  /** How long a call waits for a Redis that is away, in milliseconds. Default 12000. */
  readonly patienceMs?: number;
  /** The connection's name in Redis' CLIENT LIST. */
  readonly name: string;
  readonly onState?: (state: LinkState) => void;
}

/** A SessionStore of many processes. Connects by itself, for ever. */
export interface RedisSessionStore extends SessionStore, AsyncDisposable {
  /** Resolves when Redis is usable for the first time; never rejects. */
  readonly ready: Promise<void>;
  readonly state: LinkState;
}

/** Throws `invalid_argument` for a URL or a TLS file that can't be used; what can be cured later shows in `state`. */
export const createRedisSessionStore = (options: RedisStoreOptions): RedisSessionStore => {
  const { url, username, password, tls, ttlSeconds = 3_600, patienceMs = 12_000, name, onState = () => {} } = options;
  const address = parseRedisUrl(url);
  if (tls !== undefined && !address.tls) {
    throw new SttError('invalid_argument', 'There are TLS files for Redis, but its URL is without TLS; use rediss.', {
      field: 'redis_url',
    });
  }
  const withCredentials = {
    ...address,
    username: username ?? address.username,
    password: password ?? address.password,
  };
  if (withCredentials.username !== undefined && withCredentials.password === undefined) {
    throw new SttError('invalid_argument', 'There is a Redis user without a password; set both.', {
      field: 'redis_password',
    });
  }
  const ids = new CallIds();
  const connectionName = name.replace(/[^!-~]/g, '_');
  const client = createClient(withCredentials, address.tls ? readTls(tls ?? {}) : undefined, connectionName);
  const link = new Link(client, { patienceMs, onState, probeKey: `stt:stream:probe:${ids.process}` });
  return new ScriptedSessionStore(link, ids, Math.ceil(ttlSeconds * 1_000));
};

const keyOf = (sessionId: string): string => `stt:stream:session:${sessionId}`;
const OPENED = RECORD_FIELDS.indexOf('opened');

class ScriptedSessionStore implements RedisSessionStore {
  readonly #link: Link;
  readonly #ids: CallIds;
  readonly #ttlMs: number;
  readonly #lists: TenantList;

  constructor(link: Link, ids: CallIds, ttlMs: number) {
    this.#link = link;
    this.#ids = ids;
    this.#ttlMs = ttlMs;
    this.#lists = new TenantList(link, ttlMs);
  }

  get ready(): Promise<void> {
    return this.#link.ready;
  }

  get state(): LinkState {
    return this.#link.state;
  }

  async open(spec: SessionSpec, resumeTokenHash: string, door?: string): Promise<void> {
    const { sessionId, tenant } = spec;
    const json = JSON.stringify(spec);
    const args = [this.#ids.next(), this.#ttlMs, json, tenant, resumeTokenHash, door ?? ''];
    const opened = text(await this.#run(OPEN, sessionId, args));
    if (opened === null) {
      throw new SttError(
        'session_exists',
        `The session id "${sessionId}" is in use; choose another one or resume it.`,
        { field: 'session_id' },
      );
    }
    await this.#lists.add(tenant, { opened, sessionId });
    await this.#lists.tidy(
      tenant,
      async (client, entry) => (await openingOf(client, entry.sessionId)) === entry.opened,
    );
  }

  async attach(sessionId: string, door: string, resumeTokenHash?: string): Promise<void> {
    const args = [this.#ids.next(), this.#ttlMs, door, resumeTokenHash ?? ''];
    const reply = await this.#run(ATTACH, sessionId, args);
    if (reply === null) throw notFound(sessionId);
    await this.#renewList(sessionId, texts(reply));
  }

  async get(sessionId: string): Promise<SessionRecord | null> {
    const values = await this.#link.run((client) => client.hmget(keyOf(sessionId), ...RECORD_FIELDS));
    return parseRecord(sessionId, values);
  }

  async claim(sessionId: string, owner: string): Promise<Grant | null> {
    const reply = await this.#run(CLAIM, sessionId, [this.#ids.next(), this.#ttlMs, owner]);
    if (reply === null) throw notFound(sessionId);
    const values = replySchema.parse(reply);
    if (values.length === 0) return null;
    const [epoch, cursor, nextSequence, attempts] = parseGrant(sessionId, values.slice(0, 4).map(text));
    await this.#renewList(sessionId, values.slice(5).map(text));
    const state = values[4] instanceof Uint8Array ? new Uint8Array(values[4]) : null;
    return { epoch, cursor, nextSequence, state, attempts };
  }

  async commit(sessionId: string, epoch: number, step: Commit): Promise<'ok' | 'fenced'> {
    const { final, cursor, finalsBefore } = step;
    const { process } = this.#ids;
    // A copy, as the call may be sent again when the caller has long reused its buffer.
    const state = Buffer.from(step.state);
    const text = final === undefined ? ['', ''] : [final.sequence, JSON.stringify(final)];
    const args = [process, this.#ids.nextNumber(), this.#ttlMs, epoch, cursor, state, ...text, finalsBefore ?? ''];
    const [result, known, next, ...due] = texts(await this.#run(COMMIT, sessionId, args));
    switch (result) {
      case 'ok':
        await this.#renewList(sessionId, due);
        return 'ok';
      case 'fenced':
        return 'fenced';
      case 'lost':
        throw lostFinals(sessionId, Number(next) - 1, finalsBefore ?? 0);
      case 'backwards':
        throw refused(`The cursor of session "${sessionId}" is at ${known}; it can't go back to ${cursor}.`);
      case 'out_of_sequence':
        throw refused(`Session "${sessionId}" needs final ${next} next, not ${final?.sequence}.`);
      default:
        throw refused(`A later commit of session "${sessionId}" has overtaken this one; await each before the next.`);
    }
  }

  async vouch(sessionId: string, epoch: number): Promise<void> {
    await this.#run(VOUCH, sessionId, [epoch]);
  }

  async finals(sessionId: string, after: number): Promise<readonly Final[]> {
    const reply = await this.#run(FINALS, sessionId, [Math.max(0, after)]);
    return texts(reply).map((json) => parseFinal(sessionId, json ?? ''));
  }

  async touch(sessionId: string): Promise<void> {
    await this.#renewList(sessionId, texts(await this.#run(TOUCH, sessionId, [this.#ttlMs])));
  }

  async close(sessionId: string, reason: CloseReason): Promise<void> {
    await this.#renewList(sessionId, texts(await this.#run(CLOSE, sessionId, [this.#ttlMs, reason])));
  }

  async erase(sessionId: string): Promise<void> {
    const key = keyOf(sessionId);
    const [tenant, opened] = await this.#link.run((client) => client.hmget(key, 'tenant', 'opened'));
    await this.#link.run((client) => client.unlink(key));
    if (tenant && opened) await this.#lists.remove(tenant, { opened, sessionId });
  }

  list(
    tenant: string,
    { limit, after }: { readonly limit: number; readonly after: string | null },
  ): Promise<SessionPage> {
    return this.#lists.page(tenant, limit, after, (entries) => this.#load(entries));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#link[Symbol.asyncDispose]();
  }

  async #run(script: Script, sessionId: string, args: readonly (string | number | Buffer)[]): Promise<unknown> {
    try {
      return await this.#link.run((client) => runScript(client, script, keyOf(sessionId), args));
    } catch (error) {
      if (!(error instanceof SttError) || error.code !== 'internal') throw error;
      throw new SttError('internal', `The record of session "${sessionId}" can't be worked with: ${error.message}`, {
        cause: error,
      });
    }
  }

  /** Does what a script's reply asks for: usually nothing. */
  async #renewList(sessionId: string, [tenant, opened]: readonly (string | null)[]): Promise<void> {
    if (tenant && opened) await this.#lists.add(tenant, { opened, sessionId });
  }

  async #load(entries: readonly ListEntry[]): Promise<readonly (SessionRecord | null)[]> {
    const values = await this.#link.run((client) =>
      Promise.all(entries.map(({ sessionId }) => client.hmget(keyOf(sessionId), ...RECORD_FIELDS))),
    );
    return entries.map(({ sessionId, opened }, i) => {
      const fields = values[i] ?? [];
      return fields[OPENED] === opened ? parseRecord(sessionId, fields) : null;
    });
  }
}

const openingOf = (client: Client, sessionId: string): Promise<string | null> =>
  client.hget(keyOf(sessionId), 'opened');

const replySchema = z.array(z.union([z.instanceof(Uint8Array), z.null()]));
const text = (value: unknown): string | null => (value instanceof Uint8Array ? Buffer.from(value).toString() : null);
const texts = (reply: unknown): readonly (string | null)[] => replySchema.parse(reply).map(text);

const notFound = (sessionId: string): SttError =>
  new SttError('session_not_found', `The session "${sessionId}" is unknown or has expired; open a new one.`, {
    field: 'session_id',
  });

const refused = (sentence: string): SttError => new SttError('internal', sentence);
