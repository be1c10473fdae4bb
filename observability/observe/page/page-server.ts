import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenError } from '@verbatim/kit';
import { drawDashboard } from '../dashboard/draw-dashboard.ts';
import { readDashboards } from '../dashboard/read-dashboards.ts';
import { windowUntil } from '../dashboard/window.ts';
import { type Html, html } from '../html.ts';
import { ObserveError } from '../observe-error.ts';
import type { OtlpReceiver } from '../otlp-receiver.ts';
import type { PrometheusApi } from '../prometheus-api.ts';
import { drawTraces } from '../traces/pages.ts';
import { drawTrace } from '../traces/waterfall.ts';
import { runbook, script, styleSheet } from './assets.ts';
import { DEFAULT_RANGE, drawPage, type Frame, RANGES, type RangeName } from './layout.ts';

export interface PageOptions {
  readonly prometheus: PrometheusApi;
  readonly receiver: OtlpReceiver;
  /** Where the dashboards' JSON is; read again for each page, so that a changed one is there at once. */
  readonly dashboardFolder: string;
  /** Time between two scrapes. */
  readonly scrapeMs: number;
  /** Default: any free one. */
  readonly port?: number;
}

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
  readonly location?: string;
}

const HOST = '127.0.0.1';
const HTML = 'text/html; charset=utf-8';
const TEXT = 'text/plain; charset=utf-8';
/** Own files only; styles of elements place what is drawn. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The dashboards and traces as pages, on a loopback port. */
export class PageServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.url = `http://${HOST}:${(server.address() as AddressInfo).port}`;
    this.#server = server;
  }

  /** @throws ListenError when the port can't be had. */
  static async start(options: PageOptions): Promise<PageServer> {
    const port = options.port ?? 0;
    const server = createServer((request, response) => {
      answer(request.method ?? '', request.headers.host ?? '', request.url ?? '/', options)
        .catch((error: unknown): Answer => ({ status: 502, body: wordsOf(error) }))
        .then(({ status = 200, type = TEXT, body, location }) => {
          response.writeHead(status, {
            ...{ 'content-type': type, 'content-security-policy': POLICY, 'cache-control': 'no-store' },
            ...{ 'x-content-type-options': 'nosniff', ...(location !== undefined && { location }) },
          });
          response.end(request.method === 'HEAD' ? '' : body);
        });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenError(error, { host: HOST, port, variable: '--port' })));
      server.listen(port, HOST, resolve);
    });
    return new PageServer(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

async function answer(method: string, host: string, target: string, options: PageOptions): Promise<Answer> {
  // A page elsewhere whose name leads here must not read what is here.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return { status: 421, body: `This is not ${host}.\n` };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'Only GET is answered.\n' };
  const { pathname, searchParams } = new URL(target, 'http://localhost');
  const [, first, second] = /^\/([^/]*)\/?(.*)$/.exec(pathname)!;
  if (first === '') return home(options);
  if (first === 'd') return dashboardPage(second!, searchParams, options);
  if (first === 'traces') return tracePage(second!, searchParams, options);
  if (pathname === '/assets/observe.css') return { type: 'text/css; charset=utf-8', body: await styleSheet() };
  if (pathname === '/assets/observe.js') return { type: 'text/javascript; charset=utf-8', body: await script() };
  const text = /^\/docs\/runbooks\/([\w-]+\.md)$/.exec(pathname);
  const found = text === null ? null : await runbook(text[1]!);
  return found === null ? { status: 404, body: `${pathname} is not here.\n` } : { body: found };
}

async function home({ dashboardFolder }: PageOptions): Promise<Answer> {
  const dashboards = await readDashboards(dashboardFolder);
  const first = dashboards.find(({ uid }) => uid.endsWith('overview')) ?? dashboards[0]!;
  return { status: 302, location: `/d/${first.uid}`, body: '' };
}

async function dashboardPage(uid: string, query: URLSearchParams, options: PageOptions): Promise<Answer> {
  const { prometheus, scrapeMs, dashboardFolder } = options;
  const dashboards = await readDashboards(dashboardFolder);
  const dashboard = dashboards.find((one) => one.uid === uid);
  if (dashboard === undefined) return { status: 404, body: `There is no dashboard ${uid}.\n` };
  const asked = query.get('range') ?? DEFAULT_RANGE;
  const range = Object.hasOwn(RANGES, asked) ? (asked as RangeName) : DEFAULT_RANGE;
  const nowMs = Date.now();
  const [alerts, targets] = await Promise.all([prometheus.alerts(), prometheus.targets()]);
  const chosen = Object.fromEntries(
    [...query].flatMap(([key, value]) => (/^var-/.test(key) ? [[key.slice(4), value]] : [])),
  );
  const window = windowUntil(nowMs, RANGES[range] * 60_000, scrapeMs);
  const { body, choices } = await drawDashboard(dashboard, {
    ...{ api: prometheus, window, alerts, chosen, traces: '/traces' },
  });
  const { title } = dashboard;
  const state = { alerts, targets, nowMs, range, choices };
  return page({ ...{ title, dashboards, here: `/d/${uid}`, ranged: true, live: true }, ...state }, prometheus, body);
}

async function tracePage(id: string, query: URLSearchParams, options: PageOptions): Promise<Answer> {
  const { prometheus, receiver, dashboardFolder } = options;
  if (!/^([0-9a-f]{32})?$/.test(id)) return { status: 404, body: 'The id of a trace has 32 hexadecimal digits.\n' };
  const [dashboards, alerts, targets] = await Promise.all([
    readDashboards(dashboardFolder),
    prometheus.alerts(),
    prometheus.targets(),
  ]);
  const sort = query.get('sort') === 'latest' ? 'latest' : 'slowest';
  const spans = receiver.trace(id);
  const body =
    id === ''
      ? drawTraces(receiver.traces, receiver.url, { operation: query.get('operation'), sort })
      : drawTrace(id, spans, (other) => receiver.trace(other).length > 0);
  const state = { alerts, targets, nowMs: Date.now(), range: DEFAULT_RANGE, choices: [] };
  const here = id === '' ? '/traces' : `/traces/${id}`;
  // What has been unfolded in a trace must stay so.
  const live = id === '' || spans.length === 0;
  return page({ ...{ title: 'Traces', dashboards, here, ranged: false, live }, ...state }, prometheus, body);
}

const page = (frame: Omit<Frame, 'prometheusUrl'>, { url }: PrometheusApi, body: Html): Answer => ({
  type: HTML,
  body: html`${drawPage({ ...frame, prometheusUrl: url }, body)}\n`.text,
});

const wordsOf = (error: unknown): string =>
  error instanceof ObserveError ? `${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`;
