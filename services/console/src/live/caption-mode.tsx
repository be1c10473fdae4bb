import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { INVITATIONS } from './invitation.ts';
import type { LiveTalk } from './live-talk.ts';
import { SpokenFinals } from './spoken-finals.tsx';
import { TalkButton } from './talk-button.tsx';
import { TalkNotices } from './talk-notices.tsx';
import { useCaptionScreen } from './use-caption-screen.ts';
import './caption-mode.css';

export interface CaptionModeProps {
  readonly live: LiveTalk;
  readonly onToggleTalk: () => void;
  readonly onLeave: () => void;
}

const SIZES = [1, 1.25, 1.6, 2, 2.5, 3.2] as const;
/** Finals that can still be seen above the open utterance; the box shows the last lines of them. */
const LAST_FINALS = 6;

/** The last lines in large type, for a projector. The whole screen, where the browser lets it. */
export function CaptionMode({ live, onToggleTalk, onLeave }: CaptionModeProps) {
  const [size, setSize] = useState(2);
  const dialog = useRef<HTMLDialogElement>(null);
  const { finals, open } = live.talk.value;
  useCaptionScreen(dialog, onLeave);

  const resize = useCallback((by: number) => setSize((now) => Math.min(SIZES.length - 1, Math.max(0, now + by))), []);
  useEffect(() => {
    const onKey = ({ key, ctrlKey, metaKey }: KeyboardEvent) => {
      if (ctrlKey || metaKey) return;
      if (key === '+' || key === '=') resize(1);
      else if (key === '-') resize(-1);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [resize]);

  return (
    <dialog ref={dialog} class="captions" aria-label="Captions" tabIndex={-1}>
      <div class="captions-lines" style={{ fontSize: `calc(clamp(1.25rem, 2.6vw, 2.5rem) * ${SIZES[size]})` }}>
        <div>
          {finals.length === 0 && open === null && <p class="talk-unsure">{INVITATIONS[live.phase.value]}</p>}
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
        <TalkButton phase={live.phase.value} onClick={onToggleTalk} />
        <button type="button" disabled={size === 0} onClick={() => resize(-1)} aria-keyshortcuts="-">
          Smaller
        </button>
        <button type="button" disabled={size === SIZES.length - 1} onClick={() => resize(1)} aria-keyshortcuts="+">
          Larger
        </button>
        <button type="button" onClick={onLeave} aria-keyshortcuts="c Escape">
          Leave
        </button>
        <TalkNotices live={live} showsDetails={false} />
      </div>
      <SpokenFinals talk={live.talk} />
    </dialog>
  );
}
