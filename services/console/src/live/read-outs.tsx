import type { ReadonlySignal } from '@preact/signals';
import { milliseconds } from './milliseconds.ts';
import { finalLatencies, median, type Talk } from './talk.ts';

/**
 * How quick it is: from the first sound of an utterance to its first words on the screen, and from its last sound to its final
 * text, which holds the silence that ends an utterance. Medians; sounds are placed by when the microphone gave them.
 */
export function ReadOuts({ talk }: { readonly talk: ReadonlySignal<Talk> }) {
  const { firstWordsMs, lagSeconds } = talk.value;
  return (
    <dl class="read-outs">
      <ReadOut
        name="First words"
        title="From the first sound to the first words: the median"
        testId="latency-first"
        value={inMs(median(firstWordsMs))}
      />
      <ReadOut
        name="Final text"
        title="From the last sound to the final text, with the silence that ends an utterance: the median"
        testId="latency-final"
        value={inMs(median(finalLatencies(talk.value)))}
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
}

function ReadOut({ name, title, testId, value }: ReadOutProps) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd data-testid={testId}>{value}</dd>
    </div>
  );
}

const inMs = (ms: number | null): string => (ms === null ? '–' : milliseconds(ms));
