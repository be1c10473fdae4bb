import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DashboardBuilder, QueryVariableBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as Heatmap } from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as Timeseries } from '@grafana/grafana-foundation-sdk/timeseries';
import { findProgram } from '@verbatim/kit';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeOnce } from '../once.ts';
import { OtlpReceiver } from '../otlp-receiver.ts';
import { missingPrometheus, PrometheusServer } from '../prometheus.ts';
import { PrometheusApi } from '../prometheus-api.ts';
import { anExporter, EXEMPLAR_TRACE } from '../testing/an-exporter.ts';
import { PageServer } from './page-server.ts';

const query = (expr: string) => new DataqueryBuilder().expr(expr).legendFormat('{{code}}');

const dashboard = () =>
  new DashboardBuilder('Verbatim: test')
    .uid('verbatim-test')
    .withVariable(new QueryVariableBuilder('instance').query('label_values(up, instance)').includeAll(true))
    .withRow(new RowBuilder('Rates'))
    .withPanel(
      new Timeseries()
        .title('Requests')
        .unit('reqps')
        .withTarget(query('sum by (code) (rate(test_requests_total{instance=~"$instance"}[$__rate_interval]))')),
    )
    .withPanel(
      new Heatmap()
        .title('Durations')
        .unit('s')
        .withTarget(
          query('sum by (le) (rate(test_seconds_bucket[$__rate_interval]))')
            .format(PromQueryFormat.Heatmap)
            .exemplar(true),
        ),
    )
    .withPanel(new Stat().title('Up').withTarget(query('sum(up)').instant()))
    .build();

const RULES = `groups:
  - name: test
    rules:
      - { alert: TestAlert, expr: up == 1, labels: { severity: page }, annotations: { summary: It is up, runbook_url: docs/runbooks/none.md } }
`;

const missing = missingPrometheus();
const chromiumFile = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => findProgram(name))
  .find((file) => file !== undefined);

describe.skipIf(missing !== null)(missing === null ? 'the page' : `the page (${missing})`, () => {
  let folder: string;
  let prometheus: PrometheusServer;
  let receiver: OtlpReceiver;
  let page: PageServer;
  let exporter: Awaited<ReturnType<typeof anExporter>>;

  const get = async (target: string) => {
    const response = await fetch(`${page.url}${target}`, { redirect: 'manual' });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'verbatim-page-'));
    await mkdir(path.join(folder, 'json'));
    await writeFile(path.join(folder, 'json', 'test.json'), JSON.stringify(dashboard()));
    await writeFile(path.join(folder, 'test.rules.yaml'), RULES);
    exporter = await anExporter();
    prometheus = await PrometheusServer.start({
      ...{ targets: { test: [exporter.address] }, intervalMs: 500, rules: [path.join(folder, 'test.rules.yaml')] },
    });
    receiver = await OtlpReceiver.start();
    const dashboardFolder = path.join(folder, 'json');
    page = await PageServer.start({ prometheus, receiver, dashboardFolder, scrapeMs: 500 });
    await vi.waitFor(
      async () =>
        expect(await prometheus.query('rate(test_seconds_count[2s] offset 4s) > 0 and on() ALERTS')).toHaveLength(1),
      { timeout: 20_000, interval: 200 },
    );
  });
  afterAll(async () => {
    for (const one of [page, receiver, prometheus, exporter]) await one?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('draws a dashboard of the Foundation SDK from what Prometheus says', async () => {
    expect(await get('/')).toMatchObject({ status: 302 });
    const { status, text, headers } = await get('/d/verbatim-test');
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).toContain('<h2>Rates</h2>');
    expect(text).toMatch(/<path class="line"[^>]* d="M\d/);
    expect(text).toContain('<rect class="cell"');
    expect(text).toContain(`href="/traces/${EXEMPLAR_TRACE}"`);
    expect(text).toMatch(/<strong>1<\/strong>/);
    expect(text).toMatch(/TestAlert.*firing, page.*It is up.*href="\/docs\/runbooks\/none\.md"/s);
    expect(text).toContain('1 of 1 processes answer');
    expect(text).not.toContain('class="wrong"');
    expect((await get('/assets/observe.css')).text).toContain('.waterfall');
  });

  it('offers the instances that there are, and shows the one that is chosen', async () => {
    const { text } = await get(`/d/verbatim-test?range=5m&var-instance=${exporter.address}`);
    expect(text).toContain(`<option selected>${exporter.address}</option>`);
    expect(text).toMatch(/<path class="line"/);
    const hours = await get('/d/verbatim-test?range=6h');
    expect(hours.text).toContain('<option selected>6h</option>');
    // What has no course is not as old as the last step may be.
    expect(hours.text).toContain('<strong>1</strong>');
  });

  it('shows a trace that was sent', async () => {
    expect((await get('/traces')).text).toContain(`OTEL_EXPORTER_OTLP_ENDPOINT=${receiver.url}`);
    const span = {
      traceId: EXEMPLAR_TRACE,
      spanId: '00f067aa0ba902b7',
      name: 'decode',
      startTimeUnixNano: 1e18,
      endTimeUnixNano: '1000000000250000000',
    };
    await fetch(`${receiver.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
    });
    expect((await get('/traces')).text).toContain(`<a href="/traces/${EXEMPLAR_TRACE}">decode</a>`);
    expect((await get(`/traces/${EXEMPLAR_TRACE}`)).text).toContain('250 ms');
    expect((await get('/traces/none')).status).toBe(404);
    expect((await get(`/traces/${'a'.repeat(32)}`)).text).toContain('It is not here');
  });

  it('has nothing else, for nobody else', async () => {
    expect((await get('/d/none')).status).toBe(404);
    expect((await get('/etc/passwd')).status).toBe(404);
    expect((await get('/docs/runbooks/..%2f..%2fpackage.md')).status).toBe(404);
    expect((await fetch(page.url, { method: 'POST' })).status).toBe(405);
    const { port } = new URL(page.url);
    const elsewhere = await new Promise<number | undefined>((resolve) => {
      request({ port, host: '127.0.0.1', headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(elsewhere).toBe(421);
  });

  it('says so when Prometheus is gone', async () => {
    const gone = new PrometheusApi('http://127.0.0.1:9');
    await using other = await PageServer.start({
      ...{ prometheus: gone, receiver, dashboardFolder: path.join(folder, 'json'), scrapeMs: 500 },
    });
    const response = await fetch(`${other.url}/d/verbatim-test`);
    expect([response.status, await response.text()]).toEqual([502, expect.stringContaining('does not answer')]);
  });

  it('writes all dashboards into one file that needs no other', async () => {
    const file = path.join(folder, 'once.html');
    const dashboardFolder = path.join(folder, 'json');
    await writeOnce(file, { prometheus, dashboardFolder, scrapeMs: 500, rangeMs: 60_000 });
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(/<path class="line"/);
    expect(text).toContain('.waterfall');
    expect(text).not.toMatch(/(src|href)="(?!#|data:|http:\/\/127\.0\.0\.1:\d+")/);
    expect(text).toContain('<code>docs/runbooks/none.md</code>');
  });

  describe.skipIf(chromiumFile === undefined)('in a browser', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: chromiumFile!, chromiumSandbox: process.getuid?.() !== 0 });
    });
    afterAll(() => browser?.close());

    it('refreshes itself, and tells the values under the pointer', async () => {
      const tab = await browser.newPage();
      const troubles: string[] = [];
      tab.on('pageerror', (error) => troubles.push(String(error)));
      tab.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
      await tab.goto(`${page.url}/d/verbatim-test`);
      const time = tab.locator('.status span').nth(1);
      const before = await time.textContent();
      const area = (await tab.locator('.area').first().boundingBox())!;
      await tab.mouse.move(area.x + area.width * 0.995, area.y + area.height / 2);
      await vi.waitFor(
        async () => expect(await tab.locator('.tooltip').textContent()).toMatch(/ok\d+(\.\d+)? req\/s/),
        { timeout: 10_000 },
      );
      await vi.waitFor(async () => expect(await time.textContent()).not.toBe(before), { timeout: 10_000 });
      expect(await tab.locator('.tooltip').isVisible()).toBe(true);
      expect(troubles).toEqual([]);
    });
  });
});
