import { z } from 'zod';
import { boolean, port } from '../env.ts';
import type { Rule } from './rule.ts';

export const hostVariable = {
  /** Address to listen on. Default: this machine only. */
  HOST: z.string().default('127.0.0.1'),
};

export const doorVariables = {
  /** WebSocket, REST and health. */
  PORT: port().default(8000),
  GRPC_PORT: port().default(50051),
  /** Whether there is a web page at /. */
  CONSOLE: boolean().default(true),
  /** Lets who has it see all sessions. Without one, only a server for its own machine shows them. */
  ADMIN_KEY: z
    .string()
    .regex(/^[!-~]{16,}$/, 'must be 16 or more letters, digits and signs of ASCII; make one with: openssl rand -hex 24')
    .optional(),
};

export const metricsVariable = {
  METRICS_PORT: port().default(9090),
};

/** No two of these variables name the same port; 0 is any free one. */
export const distinctPorts =
  (...names: readonly string[]): Rule =>
  (values) => {
    const taken = new Map<number, string>();
    for (const name of names) {
      const value = values[name];
      if (typeof value !== 'number' || value === 0) continue;
      const other = taken.get(value);
      if (other !== undefined) return `${other} and ${name} are both ${value}; give each its own port.`;
      taken.set(value, name);
    }
    return undefined;
  };
