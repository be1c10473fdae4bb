import { type ReadonlySignal, useComputed } from '@preact/signals';
import type { JsonSegment } from '@verbatim/formats';
import { useMemo } from 'preact/hooks';
import { isDoubted } from '../../ui/doubt.ts';
import { piecesOf } from '../../ui/pieces.ts';
import { timecode } from '../../ui/timecode.ts';
import { percent } from '../file-words.ts';
import type { Spoken } from './track.ts';

export interface SegmentProps {
  /** In the transcript. */
  readonly index: number;
  readonly segment: JsonSegment;
  readonly before: JsonSegment | undefined;
  /** What is heard on its channel. */
  readonly heard: ReadonlySignal<Spoken | null>;
  /** Whether there is something to listen to. */
  readonly listens: boolean;
}

/** The text between two pauses, with the time at which it begins. */
export function Segment({ index, segment, before, heard, listens }: SegmentProps) {
  const { start, channel, confidence, language } = segment;
  /** The word that is heard; -1 for the whole segment, null for none of it. */
  const lit = useComputed(() => (heard.value?.segment === index ? (heard.value.word ?? -1) : null)).value;
  const pieces = useMemo(() => piecesOf(segment), [segment]);
  const isDoubtedWhole = segment.words === undefined && isDoubted(confidence);
  return (
    <li data-segment={index} data-start={start} aria-current={lit === null ? undefined : 'true'}>
      {channel !== undefined && channel !== before?.channel && <p class="segment-channel">{channel}</p>}
      {listens ? (
        <button
          type="button"
          class="segment-time"
          data-start={start}
          title={sureness(confidence)}
          aria-label={`Play from ${timecode(start)}`}
        >
          {timecode(start)}
        </button>
      ) : (
        <span class="segment-time" title={sureness(confidence)}>
          {timecode(start)}
        </span>
      )}
      <p lang={language} class={isDoubtedWhole ? 'doubted' : undefined}>
        {pieces.map(({ text, word }) => {
          const known = word === null ? undefined : segment.words?.[word];
          if (known === undefined) return text;
          return (
            <span
              key={word}
              data-word={word}
              data-start={known.start}
              class={isDoubted(known.confidence) ? 'doubted' : undefined}
              title={isDoubted(known.confidence) ? sureness(known.confidence) : undefined}
              aria-current={lit === word ? 'true' : undefined}
            >
              {text}
            </span>
          );
        })}
      </p>
    </li>
  );
}

const sureness = (confidence: number): string => `Confidence ${percent(confidence)}`;
