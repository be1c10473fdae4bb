import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Talk } from './talk.ts';
import './caption-mode.css';

export interface CaptionModeProps {
  readonly talk: ReadonlySignal<Talk>;
  readonly onLeave: () => void;
}

const SIZES = [1, 1.25, 1.6, 2, 2.5, 3.2] as const;
/** Finals that can still be seen above the open utterance; the box shows the last lines of them. */
const LAST_FINALS = 6;

/** The last lines in large type, for a projector. The whole screen, where the browser lets it. */
export function CaptionMode({ talk, onLeave }: CaptionModeProps) {
  const [size, setSize] = useState(2);
  const root = useRef<HTMLDivElement>(null);
  const { finals, open } = talk.value;

  useEffect(() => {
    const { activeElement } = document;
    root.current?.querySelector('button')?.focus();
    // A phone has no full screen for parts of a page: the captions fill the window there.
    root.current?.requestFullscreen?.().catch(() => {});
    const onFullscreen = () => {
      if (document.fullscreenElement === null) onLeave();
    };
    document.addEventListener('fullscreenchange', onFullscreen);
    return () => {
      document.removeEventListener('fullscreenchange', onFullscreen);
      if (document.fullscreenElement !== null) void document.exitFullscreen();
      if (activeElement instanceof HTMLElement) activeElement.focus();
    };
  }, [onLeave]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onLeave();
    else if (event.key === '+') setSize((now) => Math.min(SIZES.length - 1, now + 1));
    else if (event.key === '-') setSize((now) => Math.max(0, now - 1));
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={root}
      onKeyDown={onKeyDown}
      class="captions"
      role="dialog"
      aria-modal="true"
      aria-label="Captions"
      data-theme="dark"
    >
      <div class="captions-lines" style={{ fontSize: `calc(clamp(1.25rem, 2.6vw, 2.5rem) * ${SIZES[size]})` }}>
        <div>
          {finals.slice(-LAST_FINALS).map(({ sequence, text, language }) => (
            <p key={sequence} lang={language} dir="auto">
              {text}
            </p>
          ))}
          {open !== null && (
            <p dir="auto">
              <span>{open.text.slice(0, open.stableChars)}</span>
              <span class="talk-unsure">{open.text.slice(open.stableChars)}</span>
            </p>
          )}
        </div>
      </div>
      <div class="captions-tools">
        <button type="button" onClick={onLeave}>
          Leave
        </button>
        <button
          type="button"
          aria-label="Smaller"
          disabled={size === 0}
          onClick={() => setSize(size - 1)}
          aria-keyshortcuts="-"
        >
          A−
        </button>
        <button
          type="button"
          aria-label="Larger"
          disabled={size === SIZES.length - 1}
          onClick={() => setSize(size + 1)}
          aria-keyshortcuts="+"
        >
          A+
        </button>
      </div>
    </div>
  );
}
