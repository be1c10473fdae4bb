import { connect } from 'node:net';
import { z } from 'zod';
import type { ServerAddress } from './options.ts';

const GREETING_MS = 3_000;
/** nats-server 2.9 brought what the bus uses: named consumers, direct gets and subject-wise sequence checks. */
const LEAST_VERSION = [2, 9] as const;

const infoSchema = z.object({ version: z.string() });

/**
 * Reads a nats-server's first line and hangs up: a server that is frozen, too old or something else is found out before
 * the client library opens a connection that it could not close. Rejects with a sentence for people.
 */
export const checkServer = async (address: ServerAddress): Promise<void> => {
  const line = await firstLine(address);
  const info = /^INFO (\{.*\})\s*$/.exec(line)?.[1];
  const parsed = infoSchema.safeParse(info === undefined ? null : parseJson(info));
  if (!parsed.success) throw new Error(`${address.label} is something else than nats-server`);
  const { version } = parsed.data;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor >= LEAST_VERSION[1]);
  if (!enough) throw new Error(`nats-server ${version} is too old: ${LEAST_VERSION.join('.')} or later is needed`);
};

const firstLine = ({ host, port, label }: ServerAddress): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let text = '';
    const timer = setTimeout(() => fail(`${label} does not answer`), GREETING_MS);
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
    };
    const fail = (sentence: string, cause?: unknown) => {
      end();
      reject(new Error(sentence, { cause }));
    };
    socket.on('error', (error: NodeJS.ErrnoException) => fail(`${label} ${reasonOf(error)}`, error));
    socket.on('close', () => fail(`${label} closed the connection`));
    socket.on('data', (data) => {
      text += data.toString('latin1');
      const at = text.indexOf('\n');
      if (at < 0 && text.length < 65_536) return;
      end();
      resolve(text.slice(0, Math.max(at, 0)));
    });
  });

const reasonOf = (error: NodeJS.ErrnoException): string => {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'refused the connection';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'is a host that nobody knows';
    default:
      return `cannot be reached (${error.code ?? error.message})`;
  }
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
