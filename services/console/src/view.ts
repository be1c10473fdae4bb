import { signal } from '@preact/signals';

export const VIEWS = ['live', 'files', 'sessions'] as const;
export type View = (typeof VIEWS)[number];

/** The view that the address names: `#/files`; anything else is the live one. */
export const viewOf = (hash: string): View => {
  const name = /^#\/(\w+)/.exec(hash)?.[1];
  return VIEWS.find((view) => view === name) ?? 'live';
};

/** The view that is shown; follows the address. */
export const shownView = signal<View>(viewOf(globalThis.location?.hash ?? ''));

globalThis.addEventListener?.('hashchange', () => {
  shownView.value = viewOf(location.hash);
});
