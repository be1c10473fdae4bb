import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/**
 * Shows a dialog over everything, on the whole screen where the browser lets it (a phone has none for parts of a page),
 * and calls `onLeave` when its reader leaves either. The keys go to the page, and not to one of its buttons.
 */
export function useCaptionScreen(dialog: RefObject<HTMLDialogElement | null>, onLeave: () => void): void {
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    const { activeElement } = document;
    let isOver = false;
    const show = () => {
      if (isOver) return;
      element.showModal();
      element.focus();
    };
    const onFullscreen = () => {
      if (document.fullscreenElement === null) onLeave();
    };
    const onCancel = (event: Event) => {
      event.preventDefault();
      onLeave();
    };
    document.addEventListener('fullscreenchange', onFullscreen);
    element.addEventListener('cancel', onCancel);
    // What is shown last lies on top: first the whole screen, then the dialog.
    const { documentElement } = document;
    if (documentElement.requestFullscreen === undefined) show();
    else documentElement.requestFullscreen().then(show, show);
    return () => {
      isOver = true;
      document.removeEventListener('fullscreenchange', onFullscreen);
      element.removeEventListener('cancel', onCancel);
      if (document.fullscreenElement !== null) void document.exitFullscreen();
      if (activeElement instanceof HTMLElement) activeElement.focus();
    };
  }, [dialog, onLeave]);
}
