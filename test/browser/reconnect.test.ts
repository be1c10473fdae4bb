import type { Program } from '@verbatim/kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../cluster/cluster.ts';
import { freePorts } from '../cluster/free-ports.ts';
import { missingServers } from '../cluster/programs.ts';
import { missingChromium, TestBrowser } from '../support/chromium.ts';
import { clip, joined, silence } from '../support/clips.ts';
import { FrontDoor } from '../support/front-door.ts';
import { normaliseWords } from '../support/normalise-words.ts';
import { startServerProcess } from '../support/server-process.ts';
import { type WordErrors, wordErrors } from '../support/word-alignment.ts';
import { shownFinals, start } from './live-page.ts';

const names = ['librispeech-3331-0007', 'ljspeech-0004', 'ljspeech-0002'];
const spoken = joined(silence(0.5), ...names.flatMap((name) => [clip(name).pcm16, silence(1.2)]), silence(90));
const said = names.map((name) => clip(name).text).join(' ');

/** Speaks the whole recording to the page, and gives what is wrong in the finals that it shows at the end. */
async function speak(browser: TestBrowser, url: string, disturb: () => Promise<void>): Promise<WordErrors> {
  const page = await browser.open(url);
  await start(page);
  await page
    .getByTestId('partial')
    .filter({ hasText: /\w+ \w+/ })
    .waitFor({ timeout: 20_000 });
  await disturb();
  await page
    .getByRole('region', { name: 'Transcript' })
    .locator('[data-sequence]')
    .filter({ hasText: /modern/ })
    .waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Start' }).waitFor();
  const finals = await shownFinals(page);
  await page.context().close();
  return wordErrors(normaliseWords(said), normaliseWords(finals.join(' ')));
}

/** A fake microphone never gives the same samples twice: a word may be heard as another one, none is lost or doubled. */
function expectWhole(errors: WordErrors): void {
  expect(errors).toMatchObject({ inserted: 0, deleted: 0 });
  expect(errors.substituted).toBeLessThanOrEqual(2);
}

const missing = missingChromium ?? missingServers();

describe.skipIf(missing !== null)(`the page over a cluster${missing ? ` (${missing})` : ''}`, () => {
  let cluster: Cluster;
  let front: FrontDoor;
  let browser: TestBrowser;

  beforeAll(async () => {
    cluster = await Cluster.start({ ingresses: 2, transcribers: 2, media: 0, settings: { LOG_LEVEL: 'silent' } });
    front = await FrontDoor.open(cluster.ingresses.map(({ addresses }) => Number(new URL(addresses.http!).port)));
    browser = await TestBrowser.start({ microphone: spoken });
  }, 120_000);
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await front?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  it('loses no word and shows none twice when the ingress that it speaks to is killed', async () => {
    const errors = await speak(browser, front.url, async () => cluster.ingresses[0]!.kill('SIGKILL'));
    await cluster.restart(cluster.ingresses[0]!.name);
    expectWhole(errors);
  }, 90_000);

  it('loses no word and shows none twice when a transcriber is killed, whichever has the session', async () => {
    const errors = await speak(browser, front.url, async () => {
      for (const { name } of cluster.transcribers) {
        cluster.transcribers.find((member) => member.name === name)!.kill('SIGKILL');
        await cluster.restart(name);
      }
    });
    expectWhole(errors);
  }, 120_000);
});

const alone = missingChromium;

describe.skipIf(alone !== null)(`the page over one server${alone ? ` (${alone})` : ''}`, () => {
  it.each([
    ['killed', 'SIGKILL'],
    ['shut down', 'SIGTERM'],
  ] as const)(
    'loses no word and shows none twice when the server is %s and started again',
    async (_, signal) => {
      const [port] = await freePorts(1);
      const settings = { PORT: String(port) };
      await using first = startServerProcess(settings);
      await first.until(/Ready for/);
      await using browser = await TestBrowser.start({ microphone: spoken });
      let second: Program | undefined;
      try {
        const errors = await speak(browser, `http://127.0.0.1:${port}/`, async () => {
          first.signal(signal);
          await first.exit;
          second = startServerProcess(settings);
          await second.until(/Ready for/);
        });
        expectWhole(errors);
      } finally {
        await second?.[Symbol.asyncDispose]();
      }
    },
    120_000,
  );
});
