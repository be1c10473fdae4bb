import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../cluster/cluster.ts';
import { missingServers } from '../cluster/programs.ts';
import { missingChromium, TestBrowser } from '../support/chromium.ts';
import { clip, joined, silence } from '../support/clips.ts';
import { FrontDoor } from '../support/front-door.ts';
import { shownFinals, start, untilFinals } from './live-page.ts';

const names = ['librispeech-367-0008', 'ljspeech-0004', 'librispeech-3331-0007'];
const spoken = joined(silence(0.5), ...names.flatMap((name) => [clip(name).pcm16, silence(1.2)]), silence(90));
const missing = missingChromium ?? missingServers();

describe.skipIf(missing !== null)(`the page over a cluster${missing ? ` (${missing})` : ''}`, () => {
  let cluster: Cluster;
  let front: FrontDoor;
  let browser: TestBrowser;
  let undisturbed: readonly string[];

  /** Speaks the whole recording to the page and gives the finals that it shows at the end. */
  async function speak(disturb: () => Promise<void> = async () => {}): Promise<readonly string[]> {
    const page = await browser.open(front.url);
    await start(page);
    await page
      .getByTestId('partial')
      .filter({ hasText: /\w+ \w+/ })
      .waitFor({ timeout: 20_000 });
    await disturb();
    await untilFinals(page, undisturbed?.length ?? 3, 60_000);
    // Nothing may come that was there before.
    await pause(2_500);
    const finals = await shownFinals(page);
    await page.context().close();
    return finals;
  }

  beforeAll(async () => {
    cluster = await Cluster.start({ ingresses: 2, transcribers: 2, media: 0, settings: { LOG_LEVEL: 'silent' } });
    front = await FrontDoor.open(cluster.ingresses.map(({ addresses }) => Number(new URL(addresses.http!).port)));
    browser = await TestBrowser.start({ microphone: spoken });
    undisturbed = await speak();
  }, 120_000);
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await front?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  it('loses no word and shows none twice when the ingress that it speaks to is killed', async () => {
    const finals = await speak(async () => cluster.ingresses[0]!.kill('SIGKILL'));
    await cluster.restart(cluster.ingresses[0]!.name);
    expect(finals).toEqual(undisturbed);
  }, 90_000);

  it('loses no word and shows none twice when a transcriber is killed, whichever has the session', async () => {
    const finals = await speak(async () => {
      for (const { name } of cluster.transcribers) {
        cluster.transcribers.find((member) => member.name === name)!.kill('SIGKILL');
        await cluster.restart(name);
      }
    });
    expect(finals).toEqual(undisturbed);
  }, 120_000);
});
