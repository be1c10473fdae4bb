import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { RULE_FILES } from '@verbatim/observability';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT, render, withoutHelm } from './chart.ts';
import { named, ofKind } from './manifests.ts';

const NAME = 'speech-verbatim';
const COMPONENTS = ['ingress', 'transcriber', 'media'];
const DASHBOARDS = path.join(ROOT, 'observability', 'dashboards', 'json');
const KINDS = ['PodMonitor', 'ServiceMonitor', 'PrometheusRule'];

describe.skipIf(withoutHelm)(`monitoring by the chart${withoutHelm}`, () => {
  it('needs nothing of the Prometheus operator unless somebody asks for it', async () => {
    const manifests = await render({});
    for (const kind of KINDS) expect(ofKind(manifests, kind)).toEqual([]);
    expect(JSON.stringify(manifests)).not.toContain('grafana_dashboard');
  });

  it.each([
    ['podMonitors', 'PodMonitor', 'podMetricsEndpoints'],
    ['serviceMonitor', 'ServiceMonitor', 'endpoints'],
  ])('by %s scrapes each kind of process under the job that dashboards and rules know', async (value, kind, list) => {
    const monitoring = { [value]: { enabled: true, interval: '30s', labels: { release: 'prometheus' } } };
    const manifests = await render({ monitoring });
    expect(ofKind(manifests, kind)).toHaveLength(COMPONENTS.length);
    for (const component of COMPONENTS) {
      const { metadata, spec } = named(manifests, kind, `${NAME}-${component}`);
      expect(metadata.labels).toMatchObject({ release: 'prometheus' });
      expect(spec[list]).toEqual([
        {
          port: 'metrics',
          interval: '30s',
          relabelings: [{ targetLabel: 'job', replacement: `verbatim-${component}` }],
        },
      ]);
    }
  });

  it('scrapes pods that are not ready, too', async () => {
    const manifests = await render({ monitoring: { serviceMonitor: { enabled: true } } });
    for (const component of COMPONENTS) {
      const { spec } = named(manifests, 'Service', `${NAME}-${component}-metrics`);
      expect(spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    }
  });

  it('scrapes no media where there is none', async () => {
    const manifests = await render({ media: { enabled: false }, monitoring: { podMonitors: { enabled: true } } });
    const scraped = ofKind(manifests, 'PodMonitor').map(({ metadata }) => metadata.name);
    expect(scraped).toEqual([`${NAME}-ingress`, `${NAME}-transcriber`]);
  });

  it('has exactly the dashboards that are made from code, one ConfigMap for each', async () => {
    const files = (await readdir(DASHBOARDS)).sort();
    expect(files.length).toBeGreaterThan(1);
    const annotations = { grafana_folder: 'Verbatim' };
    const manifests = await render({ monitoring: { dashboards: { enabled: true, annotations } } });
    const maps = ofKind(manifests, 'ConfigMap').filter(({ metadata }) => metadata.labels.grafana_dashboard === '1');
    expect(maps.flatMap(({ data }) => Object.keys(data ?? {})).sort()).toEqual(files.map((file) => `verbatim-${file}`));
    for (const file of files) {
      const map = named(maps, 'ConfigMap', `${NAME}-dashboard-${path.basename(file, '.json')}`);
      expect(map.metadata.annotations).toEqual(annotations);
      const dashboard = JSON.parse(map.data?.[`verbatim-${file}`] ?? '');
      expect(dashboard).toEqual(JSON.parse(await readFile(path.join(DASHBOARDS, file), 'utf8')));
    }
  });

  it('has exactly the rules that are tested, one object for each file', async () => {
    const manifests = await render({ monitoring: { rules: { enabled: true, labels: { release: 'prometheus' } } } });
    const rules = ofKind(manifests, 'PrometheusRule');
    expect(rules).toHaveLength(RULE_FILES.length);
    for (const file of RULE_FILES) {
      const rule = named(rules, 'PrometheusRule', `${NAME}-${path.basename(file, '.rules.yaml')}`);
      expect(rule.spec).toEqual(parse(await readFile(file, 'utf8')));
      expect(rule.metadata.labels).toMatchObject({ release: 'prometheus' });
    }
    const folder = path.dirname(RULE_FILES[0] ?? '');
    const all = (await readdir(folder)).filter((name) => name.endsWith('.rules.yaml'));
    expect(all.sort()).toEqual(RULE_FILES.map((file) => path.basename(file)).sort());
  });

  it('puts the address of the runbooks before those of the alerts', async () => {
    const rules = { enabled: true, runbookBase: 'https://docs.example/verbatim/' };
    const alerts = named(await render({ monitoring: { rules } }), 'PrometheusRule', `${NAME}-alerts`);
    const urls = [...JSON.stringify(alerts.spec).matchAll(/"runbook_url":"([^"]*)"/g)].map(([, url]) => url);
    expect(urls.length).toBeGreaterThan(5);
    for (const url of urls) expect(url).toMatch(/^https:\/\/docs\.example\/verbatim\/docs\/\w+/);
  });
});
