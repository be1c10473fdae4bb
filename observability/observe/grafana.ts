import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findProgram } from '@verbatim/kit';
import { ChildProgram } from './child-program.ts';

const HOST = '127.0.0.1';

export interface GrafanaOptions {
  readonly prometheusUrl: string;
  readonly dashboardFolder: string;
}

/**
 * Grafana itself, on a free loopback port, with our Prometheus and dashboards, for who has it on this machine. No test runs it: it
 * is not in Debian. Nothing depends on it; our own page shows the same dashboards.
 */
export class GrafanaServer implements AsyncDisposable {
  readonly url: string;
  readonly #program: ChildProgram;
  readonly #folder: string;

  private constructor(url: string, program: ChildProgram, folder: string) {
    this.url = url;
    this.#program = program;
    this.#folder = folder;
  }

  /** null where Grafana is not on this machine. Does not wait until it answers, which takes some seconds. */
  static async start({ prometheusUrl, dashboardFolder }: GrafanaOptions): Promise<GrafanaServer | null> {
    const program = findProgram('grafana') ?? findProgram('grafana-server');
    if (program === undefined) return null;
    const folder = await mkdtemp(path.join(tmpdir(), 'verbatim-grafana-'));
    const provisioning = path.join(folder, 'provisioning');
    // JSON, which is YAML, too.
    await provide(provisioning, 'datasources', {
      datasources: [{ name: 'Prometheus', type: 'prometheus', access: 'proxy', url: prometheusUrl, isDefault: true }],
    });
    await provide(provisioning, 'dashboards', {
      providers: [{ name: 'Verbatim', type: 'file', options: { path: path.resolve(dashboardFolder) } }],
    });
    const port = await freePort();
    const settings = {
      'server.http_addr': HOST,
      'server.http_port': port,
      'paths.data': path.join(folder, 'data'),
      'paths.logs': path.join(folder, 'logs'),
      'paths.provisioning': provisioning,
      'auth.anonymous.enabled': true,
      'auth.anonymous.org_role': 'Viewer',
      'analytics.reporting_enabled': false,
      'analytics.check_for_updates': false,
    };
    const child = await ChildProgram.start('grafana', program, [
      ...(path.basename(program) === 'grafana' ? ['server'] : []),
      '--homepath=/usr/share/grafana',
      ...Object.entries(settings).map(([name, value]) => `cfg:${name}=${value}`),
    ]);
    return new GrafanaServer(`http://${HOST}:${port}`, child, folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function provide(provisioning: string, kind: string, content: object): Promise<void> {
  await mkdir(path.join(provisioning, kind), { recursive: true });
  await writeFile(path.join(provisioning, kind, 'verbatim.yaml'), JSON.stringify({ apiVersion: 1, ...content }));
}

/** Grafana can't be told to take any port and say which. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
