import type { Client } from './client.ts';
import { replyCode } from './link-detail.ts';

/** The first version that knows `ZRANGE … BYLEX REV` and ZRANDMEMBER, which the lists of sessions need. */
const NEEDED = [6, 2] as const;

export type ServerCheck = { readonly usable: true } | { readonly usable: false; readonly detail: string };

/** Reads INFO's `name:value` lines. */
export const parseInfo = (info: string): ReadonlyMap<string, string> =>
  new Map(
    info.split(/\r?\n/).flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );

/** Whether a server that says this of itself can be used. */
export const judgeServer = (info: ReadonlyMap<string, string>): ServerCheck => {
  const version = info.get('redis_version') ?? '';
  const [major = Number.NaN, minor = 0] = version === '' ? [] : version.split('.').map(Number);
  if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
    return { usable: false, detail: `Redis ${version} is too old: ${NEEDED.join('.')} or later is needed` };
  }
  if (info.get('loading') === '1') return { usable: false, detail: 'Redis is loading its data' };
  return { usable: true };
};

/** Asks the server what it is. One that lets this user not ask is taken as good: its commands will tell. */
export const checkServer = async (client: Client): Promise<ServerCheck> => {
  try {
    return judgeServer(parseInfo(await client.info()));
  } catch (error) {
    if (replyCode(error) === 'NOPERM') return { usable: true };
    throw error;
  }
};
