import type { ReadonlySignal } from '@preact/signals';
import type { VNode } from 'preact';
import { timecode } from '../ui/timecode.ts';
import { FinalText } from './final-text.tsx';
import type { OpenUtterance, SaidFinal, Talk } from './talk.ts';
import { useFollowEnd } from './use-follow-end.ts';

export interface TalkTextProps {
  readonly talk: ReadonlySignal<Talk>;
  readonly showsDetails: boolean;
}

/** Everything that was said, and what is being said now below it. */
export function TalkText({ talk, showsDetails }: TalkTextProps) {
  const { finals, open, isSpeaking } = talk.value;
  const { box, isAway, jump } = useFollowEnd<HTMLDivElement>();
  return (
    <section class="talk" aria-label="Transcript" data-details={showsDetails}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <div class="talk-box" ref={box} tabIndex={0}>
        <ol class="talk-finals">{finals.map(drawn)}</ol>
        {open !== null && <OpenText open={open} />}
        {open === null && isSpeaking && (
          <p class="talk-listening" aria-hidden="true">
            <span />
            <span />
            <span />
          </p>
        )}
      </div>
      {isAway && (
        <button type="button" class="talk-jump" onClick={jump}>
          Jump to the newest words
        </button>
      )}
    </section>
  );
}

/**
 * Laid out as the final that will stand in its place, so that nothing jumps then. The part that stays has a text node of its
 * own, which is not touched while only the rest changes: nothing flickers.
 */
function OpenText({ open: { text, stableChars, start } }: { readonly open: OpenUtterance }) {
  return (
    <div class="talk-row">
      <span class="talk-time">{timecode(start / 16_000)}</span>
      <p data-testid="partial" dir="auto">
        <span>{text.slice(0, stableChars)}</span>
        <span class="talk-unsure">{text.slice(stableChars)}</span>
      </p>
    </div>
  );
}

/** Finals never change, so each is drawn once, however long the talk becomes. */
const drawings = new WeakMap<SaidFinal, VNode>();

const drawn = (final: SaidFinal): VNode => {
  const known = drawings.get(final);
  if (known !== undefined) return known;
  const drawing = <FinalText key={final.sequence} final={final} />;
  drawings.set(final, drawing);
  return drawing;
};
