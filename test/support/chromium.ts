import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { wavOf } from './media-files.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** This machine's Chromium, or null: Playwright's own copy is not fetched. */
const executablePath =
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((file) => existsSync(file)) ?? null;

/** Why tests with a browser can't run here; null if they can. */
export const missingChromium = executablePath === null ? 'Chromium is not installed' : null;

export interface BrowserOptions {
  /** What the microphone hears, 16 kHz mono, once from when it is opened; then silence. Null: there is no microphone. */
  readonly microphone: Int16Array | null;
  /** Whether the user lets pages use the microphone. Default: yes. */
  readonly allowed?: boolean;
}

/** A browser whose microphone hears a recording. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #folder: string;

  private constructor(browser: Browser, folder: string) {
    this.#browser = browser;
    this.#folder = folder;
  }

  static async start({ microphone, allowed = true }: BrowserOptions): Promise<TestBrowser> {
    const folder = mkdtempSync(join(tmpdir(), 'verbatim-browser-'));
    const args = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
    args.push('--disable-component-update', '--disable-sync');
    args.push(allowed ? '--use-fake-ui-for-media-stream' : '--deny-permission-prompts');
    if (microphone !== null) {
      const file = join(folder, 'microphone.wav');
      writeFileSync(file, wavOf(microphone));
      args.push('--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${file}%noloop`);
    }
    const browser = await chromium.launch({
      executablePath: executablePath!,
      args,
      // Root has no sandbox to give.
      chromiumSandbox: process.getuid?.() !== 0,
    });
    return new TestBrowser(browser, folder);
  }

  /** Opens a page, in a profile of its own. What goes wrong in it is told by `troublesOf`. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('pageerror', (error) => troubles.push(`${error}`));
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text());
    });
    troublesOfPages.set(page, troubles);
    await page.goto(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const troublesOfPages = new WeakMap<Page, string[]>();

/** Uncaught exceptions and errors on the console of a page, those of its Content-Security-Policy included. */
export const troublesOf = (page: Page): readonly string[] => troublesOfPages.get(page) ?? [];
