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

  it('shows a final on a phone where its words stood before', async () => {
    const page = await browser.open(server.httpUrl, { viewport: { width: 390, height: 844 } });
    await start(page);
    const partial = page.getByTestId('partial');
    await partial.filter({ hasText: /\w+ \w+/ }).waitFor({ timeout: 15_000 });
    const open = await partial.boundingBox();
    await untilFinals(page, 1);
    const final = await page.getByTestId('final-text').first().boundingBox();
    expect([final?.x, final?.y, final?.width]).toEqual([open?.x, open?.y, open?.width]);
    await page.context().close();
  }, 60_000);

  it('shows captions alone, started and left by the keyboard', async () => {
    const page = await browser.open(server.httpUrl);
    await page.keyboard.press('c');
    const captions = page.getByRole('dialog', { name: 'Captions' });
    await captions.getByText('Press Start and speak').waitFor();
    await page.keyboard.press('Space');
    await captions
      .getByText(/stirring/)
      .first()
      .waitFor({ timeout: 20_000 });
    await page.keyboard.press('Space');
    await captions.getByRole('button', { name: 'Start' }).waitFor();
    await page.keyboard.press('Escape');
    await captions.waitFor({ state: 'detached' });
    expect((await shownFinals(page)).join(' ')).toMatch(/stirring/);
    expect(troublesOf(page)).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('listens with what there is where the choices of the last time are gone', async () => {
    const page = await browser.open(server.httpUrl);
    const gone = { model: 'gone', language: 'tlh', task: 'translate', deviceId: 'gone' };
    await page.evaluate(`localStorage.setItem('verbatim.live', '${JSON.stringify(gone)}')`);
    await page.reload();
    await page
      .getByRole('region', { name: 'Live' })
      .getByRole('option', { name: 'English' })
      .waitFor({ state: 'attached' });
    await start(page);
    await page.getByTestId('partial').waitFor({ timeout: 15_000 });
    await page.context().close();
  }, 30_000);

  it('ends its session when the page is left', async () => {
    const page = await browser.open(server.httpUrl);
    await start(page);
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    page.on('dialog', (question) => void question.accept());
    await page.goto('about:blank');
    const newest = async () => {
      const answer = await fetch(new URL('/v1/stt/sessions', server.httpUrl));
      const { sessions } = (await answer.json()) as { sessions: readonly { status: string; close_reason: string }[] };
      return [sessions[0]?.status, sessions[0]?.close_reason];
    };
    await expect.poll(newest, { timeout: 20_000 }).toEqual(['closed', 'end_of_audio']);
    await page.context().close();
  }, 30_000);
});
