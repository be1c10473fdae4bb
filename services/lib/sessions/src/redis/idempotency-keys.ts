import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { KeyState } from '../ports.ts';
import type { Ttls } from '../ttls.ts';
import type { CallIds } from './call-ids.ts';
import type { Link } from './link.ts';
import { texts } from './reply.ts';
import { runScript, type Script } from './script.ts';
import { RELEASE_KEY } from './scripts/keys/release.ts';
import { RESERVE_KEY } from './scripts/keys/reserve.ts';
import { SETTLE_KEY } from './scripts/keys/settle.ts';
import { parse, workingWith } from './subject.ts';

/** How long a released key remembers the call that reserved it: longer than a lost call stays on its way. */
const RELEASED_MS = 60_000;

const used = z.tuple([z.literal('used'), z.string(), z.string()]);
const free = z.tuple([z.enum(['reserved', 'busy'])]);

const stateSchema: z.ZodType<KeyState> = z.union([
  used.transform(([state, jobId, fingerprint]) => ({ state, jobId, fingerprint })),
  free.transform(([state]) => ({ state })),
]);

/** What clients' idempotency keys stand for. Only a hash of a key is stored, as it may be long, and of any letters. */
export class IdempotencyKeys {
  readonly #link: Link;
  readonly #ids: CallIds;
  readonly #ttls: Ttls;

  constructor(link: Link, ids: CallIds, ttls: Ttls) {
    this.#link = link;
    this.#ids = ids;
    this.#ttls = ttls;
  }

  async reserve(tenant: string, key: string, holder: string): Promise<KeyState> {
    const reply = await this.#run(RESERVE_KEY, tenant, key, [this.#ids.next(), this.#ttls.reservedKeyMs, holder]);
    return parse(stateSchema, { kind: 'idempotency key', id: key }, texts(reply));
  }

  async settle(tenant: string, key: string, holder: string, jobId: string, fingerprint: string): Promise<void> {
    await this.#run(SETTLE_KEY, tenant, key, [this.#ttls.settledKeyMs, holder, jobId, fingerprint]);
  }

  async release(tenant: string, key: string, holder: string): Promise<void> {
    await this.#run(RELEASE_KEY, tenant, key, [RELEASED_MS, holder]);
  }

  #run(script: Script, tenant: string, key: string, args: readonly (string | number)[]): Promise<unknown> {
    const hash = createHash('sha256').update(key).digest('hex');
    return workingWith({ kind: 'idempotency key', id: key }, () =>
      this.#link.run((client) => runScript(client, script, `stt:jobkey:${tenant}:${hash}`, args)),
    );
  }
}
