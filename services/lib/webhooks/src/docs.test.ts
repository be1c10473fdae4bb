import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';

const DOCS = readFileSync(new URL('../../../../docs/webhooks.md', import.meta.url), 'utf8');
const codeIn = (language: string): string => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(DOCS)![1]!;

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const BODY = JSON.stringify({ text: 'Grüße' });
const MINUTE_MS = 60_000;

const headersOf = (signed: string, ageMs: number): Record<string, string> => {
  const sent = new Date(Date.now() - ageMs);
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': `${Math.floor(sent.getTime() / 1000)}`,
    'webhook-signature': `v1,c29tZXRoaW5nIGVsc2U= ${new Webhook(SECRET).sign('msg_1', sent, signed)}`,
  };
};

type Verifier = (headers: Record<string, string>, body: string) => Promise<boolean>;

const inNode: Verifier = async (headers, body) => {
  const source = `data:text/javascript,${encodeURIComponent(codeIn('js'))}`;
  const { isGenuine } = (await import(/* @vite-ignore */ source)) as {
    isGenuine(headers: Record<string, string>, body: Buffer, secret: string): boolean;
  };
  return isGenuine(headers, Buffer.from(body), SECRET);
};

const inPython: Verifier = async (headers, body) => {
  const call =
    'import json, sys\nheaders, body, secret = json.load(sys.stdin)\nprint(is_genuine(headers, body.encode(), secret))';
  const input = JSON.stringify([headers, body, SECRET]);
  return execFileSync('python3', ['-c', `${codeIn('python')}\n${call}`], { input, encoding: 'utf8' }) === 'True\n';
};

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.each([
  ['Node', inNode, true],
  ['Python', inPython, hasPython],
])('the code in docs/webhooks.md for %s', (_, isGenuine, canRun) => {
  it.runIf(canRun)('takes a message that is signed with the secret', async () => {
    expect(await isGenuine(headersOf(BODY, 0), BODY)).toBe(true);
  });

  it.runIf(canRun)('refuses one that was changed, or is old', async () => {
    expect(await isGenuine(headersOf(BODY, 0), BODY.replace('Grüße', 'Gruß'))).toBe(false);
    expect(await isGenuine(headersOf(BODY, 6 * MINUTE_MS), BODY)).toBe(false);
  });
});
