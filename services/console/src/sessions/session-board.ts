import { type ReadonlySignal, signal } from '@preact/signals';
import { type AdminSessionPage, ApiError, type VerbatimApi } from '@verbatim/client';
import { listed, type SessionRow, watched } from './session-row.ts';

export type BoardApi = Pick<VerbatimApi, 'adminSessions' | 'watchSessions'>;

/** Whether the server lets the page see sessions; null until it has said so. */
export type Access = 'granted' | 'key_missing' | 'key_wrong' | 'disabled';

export interface SessionBoardOptions {
  readonly connect: (adminKey: string | undefined) => BoardApi;
  readonly adminKey: string | undefined;
}

/** Rows of one page; as many as can be watched at once. */
const PAGE_ROWS = 50;
const REFRESH_MS = 3_000;
/** Pages that hold jobs only are passed over, so many at a time. */
const MOST_PAGES_PASSED = 5;

/** The live sessions of a server, one page of them, as they are now. */
export class SessionBoard {
  readonly #connect: SessionBoardOptions['connect'];
  readonly #rows = signal<readonly SessionRow[] | null>(null);
  readonly #access = signal<Access | null>(null);
  readonly #problem = signal<string | null>(null);
  readonly #next = signal<string | null>(null);
  /** Where this page and those before it begin; null: at the newest. */
  readonly #pages = signal<readonly (string | null)[]>([null]);
  readonly #withClosed = signal(false);
  #adminKey: string | undefined;
  #api: BoardApi;
  #watching: { readonly ids: ReadonlySet<string>; readonly stop: AbortController } | null = null;
  /** Closed sessions that were watched: they say nothing more. */
  #read: ReadonlySet<string> = new Set();
  /** Something else is to be shown: the next refresh does not wait. */
  #hurries = false;
  #wake = () => {};

  constructor({ connect, adminKey }: SessionBoardOptions) {
    this.#connect = connect;
    this.#adminKey = adminKey;
    this.#api = connect(adminKey);
  }

  /** Newest first; null until the server has told. */
  get rows(): ReadonlySignal<readonly SessionRow[] | null> {
    return this.#rows;
  }

  get access(): ReadonlySignal<Access | null> {
    return this.#access;
  }

  /** Why what is shown may be old, in words. */
  get problem(): ReadonlySignal<string | null> {
    return this.#problem;
  }

  /** Where the next page begins; null on the last. */
  get next(): ReadonlySignal<string | null> {
    return this.#next;
  }

  /** Counts from 0. */
  get page(): number {
    return this.#pages.value.length - 1;
  }

  get withClosed(): ReadonlySignal<boolean> {
    return this.#withClosed;
  }

  useKey(adminKey: string): void {
    this.#adminKey = adminKey;
    this.#api = this.#connect(adminKey);
    this.#lookAnew();
  }

  showClosed(withClosed: boolean): void {
    this.#withClosed.value = withClosed;
    this.#pages.value = [null];
    this.#lookAnew();
  }

  turnPage(to: 'next' | 'previous'): void {
    const { value: pages } = this.#pages;
    this.#pages.value = to === 'next' ? [...pages, this.#next.value] : pages.slice(0, Math.max(1, pages.length - 1));
    this.#lookAnew();
  }

  /** Keeps the rows up to date until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => {
      this.#stopWatching();
      this.#wake();
    });
    while (!signal.aborted) {
      this.#hurries = false;
      await this.#refresh(signal);
      if (!signal.aborted && !this.#hurries) await this.#pause();
    }
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const [api, pages, withClosed] = [this.#api, this.#pages.value, this.#withClosed.value];
    const isOld = () => signal.aborted || api !== this.#api || pages !== this.#pages.value;
    try {
      const { sessions, next } = await livePage(api, { after: pages.at(-1) ?? null, withClosed, signal });
      if (isOld()) return;
      this.#access.value = 'granted';
      this.#problem.value = null;
      this.#rows.value = listed(this.#rows.value ?? [], sessions);
      this.#next.value = next;
      this.#watch();
    } catch (error) {
      if (isOld()) return;
      const access = accessOf(error, this.#adminKey !== undefined);
      if (access !== null) this.#deny(access);
      this.#problem.value = messageOf(error);
    }
  }

  #deny(access: Access): void {
    this.#stopWatching();
    this.#access.value = access;
    this.#rows.value = null;
  }

  /** Watches the rows that are shown. Begins anew only where one of them is not watched yet. */
  #watch(): void {
    const rows = this.#rows.value ?? [];
    const ids = new Set(rows.map(({ session }) => session.sessionId));
    this.#read = new Set([...this.#read].filter((id) => ids.has(id)));
    const shown = [...ids].filter((id) => !this.#read.has(id));
    if (shown.every((id) => this.#watching?.ids.has(id))) return;
    this.#stopWatching();
    const stop = new AbortController();
    const watching = { ids: new Set(shown), stop };
    this.#watching = watching;
    void this.#follow(shown, stop.signal).finally(() => {
      if (this.#watching === watching) this.#watching = null;
    });
  }

  async #follow(ids: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      for await (const event of this.#api.watchSessions(ids, { signal })) {
        if (signal.aborted) return;
        this.#rows.value = watched(this.#rows.value ?? [], event);
        if (event.event.type === 'closed') this.#read = new Set([...this.#read, event.sessionId]);
      }
    } catch (error) {
      // The next refresh begins it anew, or says why that can't be.
      if (!signal.aborted) this.#problem.value = messageOf(error);
    }
  }

  #stopWatching(): void {
    this.#watching?.stop.abort();
    this.#watching = null;
  }

  #lookAnew(): void {
    this.#hurries = true;
    this.#wake();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      // Whoever was refused is asked for a key first.
      const isRefused = this.#access.value !== null && this.#access.value !== 'granted';
      const timer = isRefused ? undefined : setTimeout(resolve, REFRESH_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** A page with live sessions in it: those of jobs are left out, and pages that hold nothing else passed over. */
const livePage = async (
  api: BoardApi,
  { after, withClosed, signal }: { after: string | null; withClosed: boolean; signal: AbortSignal },
): Promise<AdminSessionPage> => {
  let from = after;
  for (let passed = 0; ; passed++) {
    const page = await api.adminSessions(
      { limit: PAGE_ROWS, ...(from !== null && { after: from }), ...(!withClosed && { status: 'open' as const }) },
      signal,
    );
    const sessions = page.sessions.filter(({ kind }) => kind === 'live');
    if (sessions.length > 0 || page.next === null || passed === MOST_PAGES_PASSED) return { ...page, sessions };
    from = page.next;
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What an error says about the key; null where it is another. */
const accessOf = (error: unknown, hadKey: boolean): Access | null => {
  if (!(error instanceof ApiError)) return null;
  if (error.code === 'admin_disabled') return 'disabled';
  if (error.status !== 401) return null;
  return hadKey ? 'key_wrong' : 'key_missing';
};
