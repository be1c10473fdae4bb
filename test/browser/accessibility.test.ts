import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingChromium, TestBrowser } from '../support/chromium.ts';
import { clip, joined, silence } from '../support/clips.ts';
import { type Deployment, startEmbeddedDeployment } from '../support/deployment.ts';
import { start, untilFinals } from './live-page.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const spoken = joined(silence(0.3), clip('goforward').pcm16, silence(1), clip('jfk').pcm16, silence(60));

/** What axe-core finds that keeps people from using the page, as "rule: element". */
async function seriousIssues(page: Page): Promise<string[]> {
  // As the debugger, which the page's Content-Security-Policy does not bind.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (options) => (globalThis as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } }).axe.run(options),
    { resultTypes: ['violations'] } satisfies RunOptions,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

describe.skipIf(missingChromium !== null)(
  `the page for everybody${missingChromium ? ` (${missingChromium})` : ''}`,
  () => {
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

    it.each([
      ['light', { width: 1280, height: 800 }],
      ['dark', { width: 1280, height: 800 }],
      ['light', { width: 360, height: 740 }],
    ] as const)(
      'has no serious issue in %s colours at %o',
      async (colorScheme, viewport) => {
        const page = await browser.open(server.httpUrl, { colorScheme, viewport });
        expect(await seriousIssues(page)).toEqual([]);
        await start(page);
        await untilFinals(page, 1);
        await page.getByRole('button', { name: 'Details' }).click();
        expect(await seriousIssues(page)).toEqual([]);
        await page.getByRole('button', { name: 'Caption mode' }).click();
        await page.getByRole('dialog', { name: 'Captions' }).waitFor();
        expect(await seriousIssues(page), 'captions').toEqual([]);
        await page.keyboard.press('Escape');
        for (const view of ['Files', 'Sessions']) {
          await page.getByRole('link', { name: view }).click();
          expect(await seriousIssues(page), view).toEqual([]);
        }
        // Nothing is wider than a phone.
        const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        expect(overflow).toBeLessThanOrEqual(0);
        await page.context().close();
      },
      60_000,
    );
  },
);
