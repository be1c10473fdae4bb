import { createHash } from 'node:crypto';
import type { Client } from './client.ts';
import { replyCode } from './link-detail.ts';

export interface Script {
  readonly source: string;
  readonly sha: string;
}

/** A Lua script of one key. It is sent whole only to a server that has not seen it. */
export const script = (...parts: readonly string[]): Script => {
  const source = parts.join('\n');
  return { source, sha: createHash('sha1').update(source).digest('hex') };
};

/** The script's reply, its strings as buffers. */
export const runScript = async (
  client: Client,
  { source, sha }: Script,
  key: string,
  args: readonly (string | number | Buffer)[],
): Promise<unknown> => {
  try {
    return await client.callBuffer('evalsha', [sha, 1, key, ...args]);
  } catch (error) {
    if (replyCode(error) !== 'NOSCRIPT') throw error;
    return client.callBuffer('eval', [source, 1, key, ...args]);
  }
};
