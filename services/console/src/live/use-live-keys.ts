import { useLayoutEffect } from 'preact/hooks';
import { shownView } from '../view.ts';

export interface LiveKeys {
  readonly toggleTalk: () => void;
  readonly toggleCaptions: () => void;
}

/**
 * Space and Enter start and stop, C shows the captions alone: anywhere on the live view but in a control that has keys of its
 * own.
 */
export function useLiveKeys({ toggleTalk, toggleCaptions }: LiveKeys): void {
  // At once, and not after the first paint: keys may come with it.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (shownView.value !== 'live' || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (event.target instanceof Element && event.target.closest(CONTROLS) !== null) return;
      if (event.key === ' ' || event.key === 'Enter') toggleTalk();
      else if (event.key.toLowerCase() === 'c') toggleCaptions();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [toggleTalk, toggleCaptions]);
}

const CONTROLS = 'a, button, select, input, textarea, [role="alertdialog"], [role="menu"]';
