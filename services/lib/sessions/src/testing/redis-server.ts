import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RedisServerOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Folder of its files; it stays. Default: a new one, removed by `stop()`. */
  readonly dir?: string;
  /** More arguments, such as `--appendonly yes`, which go before the ones given here. */
  readonly args?: readonly string[];
}

/** A redis-server of its own on loopback. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<number | null>;
  /** Ends it, however it is, and removes its folder unless that was given. */
  stop(): Promise<void>;
}

/** Whether the program is installed; tests that need it skip otherwise. */
export const hasRedisServer = (): boolean => spawnSync('redis-server', ['--version']).status === 0;

/** A TCP port of loopback that nobody uses now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/** Resolves once it listens. Rejects with what it wrote if it ends before. */
export const startRedisServer = async (options: RedisServerOptions = {}): Promise<RedisServer> => {
  const port = options.port ?? (await freePort());
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'verbatim-redis-')));
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir, '--save', '', ...(options.args ?? [])];
  return launch(args, port, dir, options.dir === undefined);
};

/** A sentinel that watches the master on `masterPort` alone, and fails over half a second after its end. */
export const startRedisSentinel = async (masterName: string, masterPort: number): Promise<RedisServer> => {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), 'verbatim-sentinel-'));
  const config = join(dir, 'sentinel.conf');
  const settings = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${dir}`,
    `sentinel monitor ${masterName} 127.0.0.1 ${masterPort} 1`,
    `sentinel down-after-milliseconds ${masterName} 500`,
    `sentinel failover-timeout ${masterName} 3000`,
  ];
  await writeFile(config, `${settings.join('\n')}\n`);
  return launch([config, '--sentinel'], port, dir, true);
};

const launch = async (args: readonly string[], port: number, dir: string, ownsDir: boolean): Promise<RedisServer> => {
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-4_000);
    });
  }
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', () => resolve(null));
  });
  await listening(child, portOf(args, port), () => output);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    dir,
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    exited,
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
      if (ownsDir) await rm(dir, { recursive: true, force: true });
    },
  };
};

/** With `--port 0 --tls-port n` it listens on n. */
const portOf = (args: readonly string[], port: number): number => {
  const tls = args.lastIndexOf('--tls-port');
  return tls < 0 ? port : Number(args[tls + 1]);
};

const listening = async (child: ChildProcess, port: number, output: () => string): Promise<void> => {
  for (let tries = 0; tries < 500; tries++) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) break;
    if (await accepts(port)) return;
    await sleep(20);
  }
  child.kill('SIGKILL');
  throw new Error(`redis-server does not listen on port ${port}: ${output()}`);
};

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
