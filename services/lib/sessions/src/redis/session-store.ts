import { type CloseReason, type Final, type SessionSpec, SttError } from '@verbatim/contracts';
import { lostFinals } from '../lost-finals.ts';
import type { Commit, Grant, SessionPage, SessionRecord, SessionStore } from '../ports.ts';
import type { CallIds } from './call-ids.ts';
import type { Link } from './link.ts';
import { parseFinal, parseGrant, parseRecord, RECORD_FIELDS } from './record.ts';
import { replySchema, text, texts } from './reply.ts';
import { runScript, type Script } from './script.ts';
import { ATTACH } from './scripts/attach.ts';
import { CLAIM } from './scripts/claim.ts';
import { CLOSE } from './scripts/close.ts';
import { COMMIT } from './scripts/commit.ts';
import { FINALS } from './scripts/finals.ts';
import { OPEN } from './scripts/open.ts';
import { TOUCH } from './scripts/touch.ts';
import { VOUCH } from './scripts/vouch.ts';
import { workingWith } from './subject.ts';
import { TenantList } from './tenant-list.ts';

const keyOf = (sessionId: string): string => `stt:stream:session:${sessionId}`;

/** A SessionStore of many processes. */
export class RedisSessionStore implements SessionStore {
  readonly #link: Link;
  readonly #ids: CallIds;
  readonly #ttlMs: number;
  readonly #lists: TenantList<SessionRecord>;

  /** Lets go of nothing: the link is whose who made it. */
  constructor(link: Link, ids: CallIds, ttlMs: number) {
    this.#link = link;
    this.#ids = ids;
    this.#ttlMs = ttlMs;
    this.#lists = new TenantList(link, ttlMs, {
      listKey: (tenant) => `stt:stream:sessions:${tenant}`,
      recordKey: keyOf,
      fields: RECORD_FIELDS,
      parse: parseRecord,
    });
  }

  async open(spec: SessionSpec, resumeTokenHash: string, door?: string): Promise<void> {
    const { sessionId, tenant, kind } = spec;
    // A job's sessions show as the job, in the list of jobs.
    const lister = kind === 'live' ? tenant : '';
    const json = JSON.stringify(spec);
    const args = [this.#ids.next(), this.#ttlMs, json, lister, resumeTokenHash, door ?? ''];
    const opened = text(await this.#run(OPEN, sessionId, args));
    if (opened === null) {
      throw new SttError(
        'session_exists',
        `The session id "${sessionId}" is in use; choose another one or resume it.`,
        { field: 'session_id' },
      );
    }
    if (lister === '') return;
    await this.#lists.add(lister, { opened, id: sessionId });
    await this.#lists.tidy(lister);
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
    if (tenant && opened) await this.#lists.remove(tenant, { opened, id: sessionId });
  }

  async list(
    tenant: string,
    { limit, after }: { readonly limit: number; readonly after: string | null },
  ): Promise<SessionPage> {
    const { records, next } = await this.#lists.page(tenant, limit, after);
    return { sessions: records, next };
  }

  #run(script: Script, sessionId: string, args: readonly (string | number | Buffer)[]): Promise<unknown> {
    return workingWith({ kind: 'session', id: sessionId }, () =>
      this.#link.run((client) => runScript(client, script, keyOf(sessionId), args)),
    );
  }

  /** Does what a script's reply asks for: usually nothing. */
  async #renewList(sessionId: string, [tenant, opened]: readonly (string | null)[]): Promise<void> {
    if (tenant && opened) await this.#lists.add(tenant, { opened, id: sessionId });
  }
}

const notFound = (sessionId: string): SttError =>
  new SttError('session_not_found', `The session "${sessionId}" is unknown or has expired; open a new one.`, {
    field: 'session_id',
  });

const refused = (sentence: string): SttError => new SttError('internal', sentence);
