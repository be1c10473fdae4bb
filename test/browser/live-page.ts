import type { Page } from 'playwright-core';

/** Presses the one big button. */
export const start = (page: Page): Promise<void> => page.getByRole('button', { name: 'Start' }).click();

const finalsOf = (page: Page) => page.getByRole('region', { name: 'Transcript' }).locator('[data-sequence]');

/** Waits until so many finals are shown. */
export const untilFinals = (page: Page, count: number, timeout = 40_000): Promise<void> =>
  finalsOf(page)
    .nth(count - 1)
    .waitFor({ timeout });

/** The finals that the page shows, in order; each sequence once. */
export async function shownFinals(page: Page): Promise<readonly string[]> {
  const shown = await finalsOf(page).evaluateAll((elements) =>
    elements.map((element) => ({
      sequence: Number(element.getAttribute('data-sequence')),
      text: element.querySelector('[data-testid=final-text]')?.textContent ?? '',
    })),
  );
  shown.forEach(({ sequence }, index) => {
    if (sequence !== index + 1) throw new Error(`Final ${sequence} is shown at place ${index + 1}.`);
  });
  return shown.map(({ text }) => text.trim());
}

/** A read-out of the page, in milliseconds. */
export async function milliseconds(page: Page, testId: string): Promise<number> {
  const text = await page.getByTestId(testId).textContent();
  const match = /([\d.,]+)\s*(ms|s)\b/.exec(text ?? '');
  if (match === null) throw new Error(`${testId} reads "${text}".`);
  return Number(match[1]!.replace(',', '')) * (match[2] === 's' ? 1_000 : 1);
}
