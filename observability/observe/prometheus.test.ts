import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { missingPrometheus, PrometheusServer } from './prometheus.ts';
import { anExporter, EXEMPLAR_TRACE } from './testing/an-exporter.ts';

const missing = missingPrometheus();

const RULES = `groups:
  - name: test
    rules:
      - record: code:test_requests:rate10s
        expr: sum by (code) (rate(test_requests_total[10s]))
      - alert: TestRequests
        expr: code:test_requests:rate10s > 1
        labels: { severity: ticket }
        annotations: { summary: 'requests of code {{ $labels.code }}' }
`;

/** Asks until the answer is as it should be: Prometheus scrapes in its own time. */
const eventually = <T>(look: () => Promise<T>) => vi.waitFor(look, { timeout: 15_000, interval: 100 });

describe.skipIf(missing !== null)(missing === null ? 'a Prometheus' : `a Prometheus (${missing})`, () => {
  let folder: string;
  let rules: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'verbatim-rules-'));
    rules = path.join(folder, 'test.rules.yaml');
    await writeFile(rules, RULES);
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('scrapes its targets, evaluates its rules, keeps exemplars, and leaves nothing behind', async () => {
    const own = path.join(folder, 'own');
    await mkdir(own);
    vi.stubEnv('TMPDIR', own);
    await using target = await anExporter();
    let pid: number;
    {
      await using prometheus = await PrometheusServer.start({
        targets: { 'verbatim-ingress': [{ address: target.address, instance: 'ingress-1' }] },
        rules: [rules],
        intervalMs: 200,
      });
      pid = prometheus.pid;
      const fromMs = Date.now() - 1_000;

      const [rate] = await eventually(async () => {
        const samples = await prometheus.query('code:test_requests:rate10s');
        expect(samples[0]?.value).toBeGreaterThan(1);
        return samples;
      });
      expect(rate!.labels).toEqual({ __name__: 'code:test_requests:rate10s', code: 'ok' });
      expect(Math.abs(rate!.atMs - Date.now())).toBeLessThan(5_000);

      const [alert] = await eventually(async () => {
        const alerts = await prometheus.alerts();
        expect(alerts).toHaveLength(1);
        return alerts;
      });
      expect(alert).toMatchObject({
        ...{ name: 'TestRequests', state: 'firing', labels: { code: 'ok', severity: 'ticket' } },
        annotations: { summary: 'requests of code ok' },
      });
      expect(await prometheus.rules()).toMatchObject([
        { group: 'test', name: 'code:test_requests:rate10s', type: 'recording', lastError: '' },
        { group: 'test', name: 'TestRequests', type: 'alerting', state: 'firing' },
      ]);

      const range = { fromMs, toMs: Date.now() };
      const [series] = await prometheus.queryRange('test_requests_total', { ...range, stepMs: 200 });
      expect(series!.labels).toMatchObject({ job: 'verbatim-ingress', instance: 'ingress-1' });
      expect(series!.points.length).toBeGreaterThan(1);
      const [exemplar] = await prometheus.queryExemplars('test_seconds_bucket', { ...range, toMs: Date.now() + 1_000 });
      expect(exemplar).toMatchObject({
        ...{ labels: { trace_id: EXEMPLAR_TRACE }, value: 0.25 },
        series: { instance: 'ingress-1', le: '0.5' },
      });
      expect(await prometheus.query('1 / 0')).toMatchObject([{ labels: {}, value: Number.POSITIVE_INFINITY }]);
    }
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(readdirSync(own)).toEqual([]);
  });

  it('follows its targets as they change', async () => {
    await using first = await anExporter();
    await using second = await anExporter();
    await using prometheus = await PrometheusServer.start({ targets: { a: [first.address] }, intervalMs: 200 });
    const up = async () => (await prometheus.query('up == 1')).map(({ labels }) => labels.instance);
    await eventually(async () => expect(await up()).toEqual([first.address]));
    await prometheus.setTargets({ b: [second.address] });
    await eventually(async () => expect(await up()).toEqual([second.address]));
    expect(await prometheus.targets()).toMatchObject([{ job: 'b', instance: second.address, health: 'up' }]);
  });

  it('says what is wrong with an expression, a rule file and a rule file that is not there', async () => {
    await using prometheus = await PrometheusServer.start();
    const own = path.join(folder, 'failed');
    await mkdir(own);
    vi.stubEnv('TMPDIR', own);
    await expect(prometheus.query('rate(')).rejects.toThrow(/Prometheus refuses rate\(: bad_data: .*parse error/);
    const bad = path.join(folder, 'bad.rules.yaml');
    await writeFile(bad, 'groups: [{ name: a, rules: [{ record: b, expr: "rate((" }] }]');
    await expect(PrometheusServer.start({ rules: [bad] })).rejects.toThrow(
      /ended with code 1.* It said:[\s\S]*bad\.rules/,
    );
    await expect(PrometheusServer.start({ rules: ['nowhere.yaml'] })).rejects.toThrow(/nowhere\.yaml is not there/);
    expect(readdirSync(own)).toEqual([]);
  });

  it('tells how it ended, and asking it afterwards says that it does not answer', async () => {
    await using prometheus = await PrometheusServer.start();
    process.kill(prometheus.pid, 'SIGKILL');
    expect(await prometheus.exited).toBe('prometheus was ended by SIGKILL.');
    await expect(prometheus.alerts()).rejects.toThrow(/does not answer: connect ECONNREFUSED/);
  });
});

it('says that a program can not be started', async () => {
  await expect(PrometheusServer.start({ program: '/nowhere/prometheus' })).rejects.toThrow(
    /prometheus .*ended|can't be/,
  );
});
