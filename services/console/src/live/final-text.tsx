import { isDoubted } from '../ui/doubt.ts';
import { languageName } from '../ui/language-name.ts';
import { piecesOf } from '../ui/pieces.ts';
import { timecode } from '../ui/timecode.ts';
import { milliseconds } from './milliseconds.ts';
import type { SaidFinal } from './talk.ts';

/** What was said between two pauses, for good. Its details are there for who asks for them. */
export function FinalText({ final }: { readonly final: SaidFinal }) {
  const { sequence, text, words, start, end, confidence, language, latencyMs } = final;
  const isDoubtedWhole = words === undefined && isDoubted(confidence);
  return (
    <li class="talk-row" data-sequence={sequence}>
      <span class="talk-time">{timecode(start / 16_000)}</span>
      <div>
        <p
          data-testid="final-text"
          lang={language}
          dir="auto"
          class={isDoubtedWhole ? 'doubted' : undefined}
          title={isDoubtedWhole ? sureness(confidence) : undefined}
        >
          {piecesOf({ text, ...(words && { words }) }).map((piece, index) => {
            const word = piece.word === null ? undefined : words?.[piece.word];
            if (word === undefined || !isDoubted(word.confidence)) return piece.text;
            return (
              <span key={index} class="doubted" title={sureness(word.confidence)}>
                {piece.text}
              </span>
            );
          })}
        </p>
        <p class="talk-details">
          {[
            `${seconds(start)} to ${seconds(end)} s`,
            sureness(confidence),
            languageName(language),
            ...(latencyMs === null ? [] : [`${milliseconds(latencyMs)} after the last sound`]),
          ].join(' · ')}
        </p>
      </div>
    </li>
  );
}

const seconds = (samples: number): string => (samples / 16_000).toFixed(1);
const sureness = (confidence: number): string => `Confidence ${Math.round(confidence * 100)} %`;
