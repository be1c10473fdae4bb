import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import { wholeNumber } from './options.ts';

interface ServeOptions {
  readonly host?: string;
  readonly port?: number;
  readonly grpcPort?: number;
  readonly metricsPort?: number;
  readonly model?: string;
}

const PORTS = { min: 0, max: 65_535 };
const HELP = `
Every other setting comes from environment variables, as with npm start.`;

/** Adds `serve`. */
export function addServe(program: Command, io: Io, finish: (exitCode: number) => void): void {
  program
    .command('serve')
    .description('Run the server: gRPC, WebSocket and REST in one process')
    .addOption(new Option('--host <address>', 'address to listen on (HOST; default: this machine only)'))
    .addOption(new Option('--port <port>', 'WebSocket and REST (PORT; default: 8000)').argParser(wholeNumber(PORTS)))
    .addOption(new Option('--grpc-port <port>', 'gRPC (GRPC_PORT; default: 50051)').argParser(wholeNumber(PORTS)))
    .addOption(new Option('--metrics-port <port>', 'METRICS_PORT (default: 9090)').argParser(wholeNumber(PORTS)))
    .addOption(new Option('--model <id>', 'the model to serve (STT_MODEL)'))
    .addHelpText('after', HELP)
    .action(async (options: ServeOptions) => finish(await serve(options, io)));
}

/** The server as a process of its own: it has its own way with signals, logs and its end. */
async function serve(options: ServeOptions, io: Io): Promise<number> {
  const program = fileURLToPath(new URL('main.js', import.meta.resolve('@verbatim/standalone')));
  const server = spawn(process.execPath, [program], { stdio: 'inherit', env: { ...io.env, ...variables(options) } });
  // A terminal's Ctrl-C reaches the server, too; it takes the two for one.
  const pass = (signal: NodeJS.Signals) => void server.kill(signal);
  for (const signal of SIGNALS) process.on(signal, pass);
  try {
    const [code, signal] = (await once(server, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + constants.signals[signal ?? 'SIGTERM'];
  } finally {
    for (const each of SIGNALS) process.off(each, pass);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const variables = ({ host, port, grpcPort, metricsPort, model }: ServeOptions): Record<string, string> => ({
  ...(host !== undefined && { HOST: host }),
  ...(port !== undefined && { PORT: String(port) }),
  ...(grpcPort !== undefined && { GRPC_PORT: String(grpcPort) }),
  ...(metricsPort !== undefined && { METRICS_PORT: String(metricsPort) }),
  ...(model !== undefined && { STT_MODEL: model }),
});
