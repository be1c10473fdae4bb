import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A nats-server of a test, on loopback, with JetStream on. */
export interface NatsServer {
  /** `nats://127.0.0.1:PORT`, without credentials. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Where it keeps its files; give it to the next server to start again with the same streams. */
  readonly storeDir: string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code once the process is gone; null if a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Ends the process, also a stopped one, and removes the folder if this call made it. */
  stop(): Promise<void>;
}

export interface NatsServerOptions {
  /** Default: any free port. */
  readonly port?: number;
  /** Default: a new folder for temporary files. */
  readonly storeDir?: string;
  /** Text for nats-server's configuration file, such as `authorization { token: "t" }`. */
  readonly config?: string;
  /** Default true. */
  readonly jetstream?: boolean;
}

const START_MS = 10_000;
const STOP_MS = 5_000;

/** Where nats-server is: on the PATH, or where Debian puts it; null if it is not installed. */
export const findNatsServer = (): string | null => {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin']) {
    const path = join(folder, 'nats-server');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder: look in the next one.
    }
  }
  return null;
};

/** A port of the loopback interface that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('The probe has no port.'));
        else resolve(address.port);
      });
    });
  });

/** Starts a nats-server and waits until it greets; rejects with what it said if it does not start. */
export const startNatsServer = async (options: NatsServerOptions = {}): Promise<NatsServer> => {
  const program = findNatsServer();
  if (program === null) throw new Error('nats-server is not installed: install it, or put it on the PATH.');
  const storeDir = options.storeDir ?? mkdtempSync(join(tmpdir(), 'verbatim-nats-'));
  const port = options.port ?? (await freePort());
  const configFile = join(storeDir, 'nats-server.conf');
  writeFileSync(configFile, options.config ?? '');
  const args = ['-a', '127.0.0.1', '-p', String(port), '-c', configFile];
  if (options.jetstream !== false) args.push('-js', '-sd', storeDir);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = exitOf(child);
  let said = '';
  child.stderr?.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(-4_000);
  });
  const stop = async () => {
    child.kill('SIGTERM');
    child.kill('SIGCONT');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(force);
    if (options.storeDir === undefined) rmSync(storeDir, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_MS;
  while (!(await greets(port))) {
    if (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
      await sleep(20);
      continue;
    }
    await stop();
    throw new Error(`nats-server did not start on port ${port}: ${said}`);
  }
  const pid = child.pid;
  if (pid === undefined) throw new Error('nats-server has no process id.');
  const url = `nats://127.0.0.1:${port}`;
  return { url, port, pid, storeDir, kill: (signal) => void child.kill(signal), exited, stop };
};

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', (code) => resolve(code));
  });

const greets = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(500, () => end(false));
    socket.once('error', () => end(false));
    socket.once('data', (greeting) => end(greeting.toString().startsWith('INFO ')));
    socket.once('close', () => end(false));
  });
