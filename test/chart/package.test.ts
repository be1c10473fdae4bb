import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { list } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '../kube/run.ts';
import { CASES } from './cases.ts';
import { CHART, helm, ROOT, renderText, type Values, withoutHelm, withRegistry } from './chart.ts';

describe.skipIf(withoutHelm)(`the chart as a package${withoutHelm}`, () => {
  let folder: string;
  let archive: string;
  const entries: { readonly path: string; readonly type: string; readonly size: number }[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'verbatim-chart-'));
    await helm().run(['package', CHART, '--destination', folder]);
    const [file = ''] = await readdir(folder);
    archive = path.join(folder, file);
    await list({ file: archive, onReadEntry: ({ path, type, size }) => entries.push({ path, type, size }) });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('is clean for helm lint, which counts warnings as errors', async () => {
    const { code, stdout, stderr } = await helm().runAnyhow(['lint', '--strict', CHART]);
    expect(`${stdout}${stderr}`).not.toMatch(/\[(WARNING|ERROR)\]/);
    expect(code).toBe(0);
  });

  it('has dashboards, rules and speech as files of its own, and nothing else beside them', () => {
    expect(entries.filter(({ type }) => type !== 'File')).toEqual([]);
    for (const { path, size } of entries) expect(size, path).toBeGreaterThan(0);
    const files = entries.map(({ path }) => path).filter((name) => name.startsWith('verbatim/files/'));
    expect(files.every((name) => /\.(json|rules\.yaml|mjs|wav)$/.test(name))).toBe(true);
    expect(files).toContain('verbatim/files/dashboards/overview.json');
    expect(files).toContain('verbatim/files/rules/alerts.rules.yaml');
    expect(files).toContain('verbatim/files/speech.wav');
    expect(entries.filter(({ path }) => path.endsWith('.ts'))).toEqual([]);
  });

  it('has no links, which Flux leaves out of what it takes from a repository', async () => {
    const inFolder = await readdir(CHART, { recursive: true, withFileTypes: true });
    expect(inFolder.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name)).toEqual([]);
  });

  it('is current: its copies, its README and the plain manifests are what "npm run chart" makes', async () => {
    await run(process.execPath, [path.join(ROOT, 'scripts', 'chart.mjs'), '--check']);
    const filesIn = (folder: string) => readdir(path.join(ROOT, folder));
    expect(await filesIn('charts/verbatim/files/dashboards')).toEqual(await filesIn('observability/dashboards/json'));
  });

  it('renders from the archive what it renders from the folder', async () => {
    const [values] = CASES.filter(({ title }) => title.startsWith('PodMonitors')).map((found) => found.values);
    const args = ['template', 'speech', archive, '--namespace', 'voices', '--values', '-'];
    const packed = await helm().run(args, { input: withRegistry(values ?? {}) });
    expect(packed).toBe(await renderText(values ?? {}));
  });

  it('is of the version of the project', async () => {
    const { version, appVersion, annotations } = parse(await readFile(path.join(CHART, 'Chart.yaml'), 'utf8'));
    const project = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
    expect({ version, appVersion }).toEqual({ version: project.version, appVersion: project.version });
    for (const { name, image } of parse(annotations['artifacthub.io/images'])) {
      if (image.startsWith('verbatim/')) expect(image).toBe(`verbatim/${name}:${project.version}`);
    }
  });

  it('says in its notes how to reach what was installed', async () => {
    const args = ['install', 'speech', CHART, '--namespace', 'voices', '--dry-run=client', '--values', '-'];
    const notes = async (values: Values) => {
      const said = await helm().run(args, { input: withRegistry(values) });
      return said.slice(said.indexOf('NOTES:'));
    };
    const said = await notes({});
    expect(said).toContain('port-forward service/speech-verbatim-ingress 8000:8000 50051:50051');
    // Helm 3 removes the pod of a test that passed before it looks for its logs, and fails.
    expect(said).toMatch(/helm -n voices test speech$/m);
    const expose = { kind: 'Ingress', host: 'stt.example', grpcHost: 'grpc.stt.example', tlsSecret: 'tls' };
    const exposed = await notes({ ingress: { expose }, secrets: { existingSecret: 'mine' } });
    expect(exposed).toContain('https://stt.example/');
    expect(exposed).toContain('gRPC: grpc.stt.example');
    expect(exposed).not.toContain('secrets.adminKey');
  });
});
