import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const inUrl = (script: string) => `data:text/javascript,${encodeURIComponent(script)}`;

/** Refuses what browsers do not have. */
const HOOKS = `
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    const { url } = resolved;
    if (url.startsWith('node:') || url.includes('/node_modules/ws/')) throw new Error(specifier + ' in a page');
    return resolved;
  }`;
const REGISTER = `import { register } from 'node:module'; register(${JSON.stringify(inUrl(HOOKS))});`;
const PRINT = `import('@verbatim/client').then((client) => console.log(Object.keys(client).join(' ')))`;

const load = (...conditions: string[]) =>
  run(process.execPath, [...conditions, '--import', inUrl(REGISTER), '--eval', PRINT], {
    cwd: new URL('..', import.meta.url),
  });

it('what a page loads needs nothing of Node', async () => {
  const { stdout } = await load('--conditions=browser');
  expect(stdout.trim().split(' ').sort()).toEqual([
    'ApiError',
    'ClientError',
    'StreamClient',
    'SttError',
    'VerbatimApi',
    'serverAddress',
  ]);
});

it('what Node loads does', async () => {
  await expect(load()).rejects.toThrow('ws in a page');
});
