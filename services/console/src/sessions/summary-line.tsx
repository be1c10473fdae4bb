import type { SessionRow } from './session-row.ts';
import { isBehind, lagInWords, summaryOf } from './session-words.ts';

export interface SummaryLineProps {
  readonly rows: readonly SessionRow[];
  /** Whether there are more sessions than these rows. */
  readonly isPart: boolean;
}

/** The sessions together, at a glance. */
export function SummaryLine({ rows, isPart }: SummaryLineProps) {
  const { open, highestLag, owners } = summaryOf(rows);
  return (
    <dl class="summary">
      <div>
        <dt>{isPart ? 'Open on this page' : 'Open'}</dt>
        <dd>{open}</dd>
      </div>
      <div>
        <dt>Highest lag</dt>
        <dd class={isBehind(highestLag) ? 'behind' : undefined}>{lagInWords(highestLag)}</dd>
      </div>
      {owners.map(({ owner, sessions }) => (
        <div key={owner}>
          <dt>{owner}</dt>
          <dd>{sessions}</dd>
        </div>
      ))}
    </dl>
  );
}
