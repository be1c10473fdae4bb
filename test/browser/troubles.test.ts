import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingChromium, TestBrowser } from '../support/chromium.ts';
import { silence } from '../support/clips.ts';
import { type Deployment, startEmbeddedDeployment } from '../support/deployment.ts';
import { start } from './live-page.ts';

describe.skipIf(missingChromium !== null)(
  `a page that can't hear${missingChromium ? ` (${missingChromium})` : ''}`,
  () => {
    let server: Deployment;

    beforeAll(async () => {
      server = await startEmbeddedDeployment();
    });
    afterAll(() => server?.[Symbol.asyncDispose]());

    const alertOf = async (options: Parameters<typeof TestBrowser.start>[0]): Promise<string> => {
      await using browser = await TestBrowser.start(options);
      const page = await browser.open(server.httpUrl);
      await start(page);
      const alert = page.getByRole('alert').filter({ hasText: /\w/ });
      await alert.waitFor();
      // There is nothing to stop: the button offers another try.
      await page.getByRole('button', { name: 'Start' }).waitFor();
      return (await alert.textContent()) ?? '';
    };

    it('says how to allow the microphone where that was refused', async () => {
      expect(await alertOf({ microphone: silence(5), allowed: false })).toMatch(/microphone.*(allow|permission)/is);
    }, 30_000);

    it('says that there is no microphone, and what to do', async () => {
      expect(await alertOf({ microphone: null })).toMatch(/no microphone.*(connect|plug)/is);
    }, 30_000);
  },
);
