import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingChromium, TestBrowser, troublesOf } from '../support/chromium.ts';
import { clipFile } from '../support/clips.ts';
import { type Deployment, startEmbeddedDeployment } from '../support/deployment.ts';

describe.skipIf(missingChromium !== null)(`files on the page${missingChromium ? ` (${missingChromium})` : ''}`, () => {
  let server: Deployment;
  let browser: TestBrowser;

  beforeAll(async () => {
    server = await startEmbeddedDeployment();
    browser = await TestBrowser.start({ microphone: null });
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it('become subtitles: chosen, uploaded, transcribed, downloaded as SRT', async () => {
    const page = await browser.open(`${server.httpUrl}/#/files`);
    await page.locator('input[type=file]').setInputFiles([clipFile('jfk'), clipFile('ljspeech-0004')]);
    const card = page.getByRole('list', { name: 'Files' }).getByRole('listitem').filter({ hasText: 'jfk.wav' });
    await card.getByRole('button', { name: 'Download' }).click({ timeout: 30_000 });
    const downloading = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'SRT' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('jfk.srt');
    const srt = await readFile(await download.path(), 'utf8');
    expect(srt).toMatch(/^1\r?\n00:00:0\d,\d{3} --> 00:00:\d\d,\d{3}\r?\n.*fellow Americans/s);
    expect(troublesOf(page)).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('that are no audio are refused in words, and harm nothing else', async () => {
    const page = await browser.open(`${server.httpUrl}/#/files`);
    await page.locator('input[type=file]').setInputFiles([
      { name: 'notes.wav', mimeType: 'audio/wav', buffer: Buffer.from('These are only words. '.repeat(50)) },
      { name: 'jfk.wav', mimeType: 'audio/wav', buffer: await readFile(clipFile('jfk')) },
    ]);
    const list = page.getByRole('list', { name: 'Files' }).getByRole('listitem');
    await list.filter({ hasText: 'notes.wav' }).getByRole('alert').filter({ hasText: /audio/ }).waitFor();
    await list.filter({ hasText: 'jfk.wav' }).getByRole('button', { name: 'Download' }).waitFor({ timeout: 30_000 });
    await page.context().close();
  }, 60_000);
});
