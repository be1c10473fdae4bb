import type { ReadonlySignal } from '@preact/signals';
import { milliseconds } from './milliseconds.ts';
import { finalLatencies, median, type Talk } from './talk.ts';

export interface ReadOutsProps {
  readonly talk: ReadonlySignal<Talk>;
  /** Whether the newest is shown beside the median. */
  readonly showsLast: boolean;
}

/**
 * How quick it is: from the first sound of an utterance to its first words on the screen, and from its last sound to its final
 * text, which holds the silence that ends an utterance. Medians; sounds are placed by when the microphone gave them.
 */
export function ReadOuts({ talk, showsLast }: ReadOutsProps) {
  const { firstWordsMs, lagSeconds } = talk.value;
  const finalMs = finalLatencies(talk.value);
  return (
    <dl class="read-outs">
      <ReadOut
        name="First words"
        title="From the first sound to the first words: the median"
        testId="latency-first"
        value={inMs(median(firstWordsMs))}
        last={showsLast ? firstWordsMs.at(-1) : undefined}
      />
      <ReadOut
        name="Final text"
        title="From the last sound to the final text, with the silence that ends an utterance: the median"
        testId="latency-final"
        value={inMs(median(finalMs))}
        last={showsLast ? finalMs.at(-1) : undefined}
      />
      <ReadOut
        name="Behind"
        title="Audio that the server has and has not heard yet"
        testId="lag"
        value={`${lagSeconds.toFixed(1)} s`}
      />
    </dl>
  );
}

interface ReadOutProps {
  readonly name: string;
  readonly title: string;
  readonly testId: string;
  readonly value: string;
  /** In milliseconds; absent where it is not shown. */
  readonly last?: number | undefined;
}

function ReadOut({ name, title, testId, value, last }: ReadOutProps) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd data-testid={testId}>{value}</dd>
      {last !== undefined && <dd class="read-out-last">last {milliseconds(last)}</dd>}
    </div>
  );
}

const inMs = (ms: number | null): string => (ms === null ? '–' : milliseconds(ms));
