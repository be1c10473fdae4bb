import type { SessionRow } from './session-row.ts';
import { isBehind, lagInWords, summaryOf } from './session-words.ts';
import { shortNames } from './short-names.ts';

export interface SummaryLineProps {
  readonly rows: readonly SessionRow[];
  /** Whether there are more sessions than these rows. */
  readonly isPart: boolean;
}

/** The sessions together, at a glance. */
export function SummaryLine({ rows, isPart }: SummaryLineProps) {
  const { open, highestLag, owners } = summaryOf(rows);
  const names = shortNames(owners.map(({ owner }) => owner));
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
      {owners.length > 0 && (
        <div>
          <dt>By transcriber</dt>
          <dd class="summary-owners">
            {owners.map(({ owner, sessions }) => (
              <span key={owner} title={owner}>
                {sessions} <span class="quiet">{names.get(owner)}</span>
              </span>
            ))}
          </dd>
        </div>
      )}
    </dl>
  );
}
