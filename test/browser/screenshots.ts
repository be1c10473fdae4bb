import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { missingChromium, TestBrowser } from '../support/chromium.ts';
import { clip, clipFile, joined, silence } from '../support/clips.ts';
import { startEmbeddedDeployment } from '../support/deployment.ts';
import { start, untilFinals } from './live-page.ts';

// npm run screenshots: the pictures of docs/images, of a real server that hears real speech.

const FOLDER = fileURLToPath(new URL('../../../docs/images/', import.meta.url));

const DESKTOP = { viewport: { width: 1280, height: 800 }, colorScheme: 'light' } as const;
const PHONE = { viewport: { width: 390, height: 844 }, colorScheme: 'dark' } as const;

const spoken = joined(
  silence(0.5),
  clip('vctk-p225-011').pcm16,
  silence(1),
  clip('ljspeech-0001').pcm16,
  silence(1),
  clip('ljspeech-0004').pcm16,
  silence(60),
);

const shoot = async (page: Page, name: string): Promise<void> => {
  await page.screenshot({ path: `${FOLDER}${name}.png`, animations: 'disabled' });
  process.stdout.write(`docs/images/${name}.png\n`);
};

/** Speaks until there are so many finals and some words after them. */
async function speak(page: Page, finals: number): Promise<void> {
  await start(page);
  await untilFinals(page, finals);
  await page
    .getByTestId('partial')
    .filter({ hasText: /(\w+ ){5}/ })
    .waitFor();
}

async function main(): Promise<void> {
  if (missingChromium !== null) throw new Error(`${missingChromium}.`);
  await mkdir(FOLDER, { recursive: true });
  await using server = await startEmbeddedDeployment();
  await using browser = await TestBrowser.start({ microphone: spoken });

  const desktop = await browser.open(server.httpUrl, DESKTOP);
  await shoot(desktop, 'start');
  await speak(desktop, 1);
  await shoot(desktop, 'live');
  await untilFinals(desktop, 2);
  await desktop.getByRole('button', { name: 'Details' }).click();
  await shoot(desktop, 'live-details');
  const operator = await browser.open(`${server.httpUrl}/#/sessions`, DESKTOP);
  await operator.locator('[data-session]').first().click();
  await operator.getByText('Nothing yet').waitFor({ state: 'hidden' });
  await shoot(operator, 'sessions');
  await desktop.getByRole('button', { name: 'Caption mode' }).click();
  await untilFinals(desktop, 3);
  await shoot(desktop, 'captions');
  await desktop.context().close();

  const phone = await browser.open(server.httpUrl, PHONE);
  await speak(phone, 1);
  await shoot(phone, 'live-phone');
  await phone.context().close();

  for (const [options, name] of [
    [DESKTOP, 'files'],
    [PHONE, 'files-phone'],
  ] as const) {
    const page = await browser.open(`${server.httpUrl}/#/files`, options);
    await page.locator('input[type=file]').setInputFiles([clipFile('jfk'), clipFile('vctk-p225-011')]);
    const cards = page.getByRole('list', { name: 'Files' }).getByRole('listitem');
    await cards.getByRole('button', { name: 'Download' }).nth(1).waitFor();
    await cards.getByRole('button', { name: 'Open' }).first().click();
    await page.getByRole('region', { name: /^Transcript of/ }).waitFor();
    await shoot(page, name);
    await page.context().close();
  }
}

await main();
