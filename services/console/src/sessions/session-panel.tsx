import type { AdminSession } from '@verbatim/client';
import { Fragment } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { languageName } from '../ui/language-name.ts';
import { timecode } from '../ui/timecode.ts';
import type { SessionRow, Takeover } from './session-row.ts';
import { stateInWords } from './session-words.ts';

export interface SessionPanelProps {
  readonly row: SessionRow;
  readonly onClose: () => void;
}

/** Pixels from the end within which a reader wants to see what comes. */
const AT_END = 40;

/** What one session says, as it says it. */
export function SessionPanel({ row, onClose }: SessionPanelProps) {
  const { session, finals, finalsDropped, takeovers } = row;
  const list = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    if (atEnd.current) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [finals, takeovers]);

  return (
    <section class="session-panel" aria-label={`Session ${session.sessionId}`}>
      <header>
        <div>
          <h2>{session.sessionId}</h2>
          <p class="quiet">
            {factsOf(session).map((fact, index, { length }) => (
              <Fragment key={fact}>
                <span>{index < length - 1 ? `${fact}\u00a0·` : fact}</span>{' '}
              </Fragment>
            ))}
          </p>
        </div>
        <button type="button" class="plain" onClick={onClose}>
          Close
        </button>
      </header>
      <ol
        ref={list}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        tabIndex={0}
        aria-label="What it says"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          atEnd.current = scrollHeight - clientHeight - scrollTop < AT_END;
        }}
      >
        {finalsDropped > 0 && <li class="quiet">{finalsDropped} earlier ones are not shown.</li>}
        <Takeovers takeovers={takeovers} after={0} />
        {finals.length === 0 && takeovers.length === 0 && <li class="quiet">Nothing yet.</li>}
        {finals.map(({ sequence, start, text, language }) => (
          <Fragment key={sequence}>
            <li>
              <span class="final-time">{timecode(start / 16_000)}</span>
              <span lang={language}>{text}</span>
            </li>
            <Takeovers takeovers={takeovers} after={sequence} />
          </Fragment>
        ))}
      </ol>
    </section>
  );
}

const factsOf = (session: AdminSession): string[] => {
  const { model, language, owner, tenant } = session;
  return [
    stateInWords(session),
    model,
    ...(language === null ? [] : [languageName(language)]),
    ...(owner === null ? [] : [owner]),
    `tenant ${tenant}`,
  ];
};

function Takeovers({ takeovers, after }: { readonly takeovers: readonly Takeover[]; readonly after: number }) {
  return takeovers
    .filter(({ afterFinal }) => afterFinal === after)
    .map(({ epoch, owner }) => (
      <li key={`takeover ${epoch}`} class="takeover">
        Taken over by {owner ?? 'another transcriber'}
      </li>
    ));
}
