import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingChromium, TestBrowser, troublesOf } from '../support/chromium.ts';
import { clip, joined, silence } from '../support/clips.ts';
import { type Deployment, startEmbeddedDeployment } from '../support/deployment.ts';
import { normaliseWords } from '../support/normalise-words.ts';
import { milliseconds, shownFinals, start, untilFinals } from './live-page.ts';

const [first, second] = [clip('librispeech-367-0008'), clip('ljspeech-0004')];
const spoken = joined(silence(0.5), first.pcm16, silence(1.2), second.pcm16, silence(60));

describe.skipIf(missingChromium !== null)(`live captions${missingChromium ? ` (${missingChromium})` : ''}`, () => {
  let server: Deployment;
  let browser: TestBrowser;

  beforeAll(async () => {
    server = await startEmbeddedDeployment();
    browser = await TestBrowser.start({ microphone: spoken });
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it('shows what is said while it is said, and then for good, with the times that it took', async () => {
    const page = await browser.open(server.httpUrl);
    await start(page);
    const partial = page.getByTestId('partial');
    await partial.filter({ hasText: /\w+ \w+/ }).waitFor({ timeout: 15_000 });
    await untilFinals(page, 2);
    const finals = await shownFinals(page);
    expect(normaliseWords(finals.join(' ')).slice(0, 5)).toEqual(normaliseWords(first.text).slice(0, 5));
    expect(finals.join(' ')).toMatch(/stirring constantly.*immediate predecessors/s);
    expect(await milliseconds(page, 'latency-first')).toBeGreaterThan(100);
    expect(await milliseconds(page, 'latency-first')).toBeLessThan(5_000);
    expect(await milliseconds(page, 'latency-final')).toBeGreaterThan(300);
    expect(await milliseconds(page, 'latency-final')).toBeLessThan(5_000);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Start' }).waitFor();
    expect(await shownFinals(page)).toEqual(finals);
    expect(troublesOf(page)).toEqual([]);
    await page.context().close();
  }, 60_000);
});
