import { fileURLToPath } from 'node:url';
import { Program } from '@verbatim/kit/testing';

const main = fileURLToPath(new URL('../../services/standalone/dist/main.js', import.meta.url));

/** The one-process server as a user starts it, on free ports; `settings` by the names of their environment variables. */
export const startServerProcess = (settings: Readonly<Record<string, string>> = {}): Program =>
  new Program(main, { PORT: '0', GRPC_PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'warn', ...settings });
