import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './page/assets.ts';
import { missingPrometheus } from './prometheus.ts';
import { anExporter } from './testing/an-exporter.ts';

const built = path.join(root, 'observability', 'dist', 'observe', 'main.js');
const missing = missingPrometheus() ?? (existsSync(built) ? null : 'it is not built: npm run build');

const DASHBOARD = {
  uid: 'test',
  title: 'Test',
  panels: [{ type: 'stat', title: 'Up', targets: [{ expr: 'sum(up)', instant: true }] }],
};

describe.skipIf(missing !== null)(missing === null ? 'npm run observe' : `npm run observe (${missing})`, () => {
  let folder: string;
  let dashboards: string;
  let exporter: Awaited<ReturnType<typeof anExporter>>;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'verbatim-observe-'));
    dashboards = path.join(folder, 'json');
    await mkdir(dashboards);
    await mkdir(path.join(folder, 'tmp'));
    await writeFile(path.join(dashboards, 'test.json'), JSON.stringify(DASHBOARD));
    exporter = await anExporter();
  });
  afterAll(async () => {
    await exporter[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, [built, '--dashboards', dashboards, '--rules', folder, '--interval', '0.5', ...args], {
      env: { ...process.env, TMPDIR: path.join(folder, 'tmp') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const targets = () => ['--targets', `verbatim-ingress=${exporter.address}`];
  const left = () => readdir(path.join(folder, 'tmp'));

  it('shows the page, takes traces, and ends with all that it started', async () => {
    const child = start('--port', '0', '--otlp-port', '0', ...targets());
    const exited = once(child, 'exit');
    const urls: Record<string, string> = {};
    for await (const line of createInterface(child.stdout!)) {
      const [, name, url] = /^ {2}(Page|Prometheus|Traces to) +(http:\S+)/.exec(line) ?? [];
      if (name !== undefined) urls[name] = url!;
      if (line.startsWith('Ready.')) break;
    }
    expect(await (await fetch(urls.Page!)).text()).toContain('<h3>Up</h3>');
    expect((await fetch(`${urls['Traces to']}/v1/traces`)).status).toBe(405);
    expect((await fetch(`${urls.Prometheus}/-/ready`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    await expect(fetch(`${urls.Prometheus}/-/ready`)).rejects.toThrow();
    expect(await left()).toEqual([]);
  });

  it('writes one file, and ends', async () => {
    const file = path.join(folder, 'once.html');
    const child = start('--once', file, '--after', '7', ...targets());
    const [output, errors, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')]);
    expect([code, errors]).toEqual([0, '']);
    expect(output).toContain(`Written: ${file}`);
    expect(await readFile(file, 'utf8')).toMatch(/1 of 1 processes answer.*<strong>1<\/strong>/s);
    expect(await left()).toEqual([]);
  });

  it.each([
    [['--dashboards', '/nowhere'], /^The folder of dashboards \/nowhere can't be read: .*\n$/],
    [
      ['--prometheus', 'http://127.0.0.1:9', '--once', '/dev/null'],
      /^Prometheus at http:\/\/127\.0\.0\.1:9 does not answer/,
    ],
    [['--port', 'x'], /^--port is "x"/],
  ])('says in a sentence what is wrong with %j', async (args, words) => {
    const child = start(...args);
    const [errors, [code]] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
    expect(code).toBe(1);
    expect(errors).toMatch(words);
    expect(errors).not.toContain('    at ');
  });
});
