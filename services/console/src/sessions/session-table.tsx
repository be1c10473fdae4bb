import { languageName } from '../ui/language-name.ts';
import { timecode } from '../ui/timecode.ts';
import type { SessionRow } from './session-row.ts';
import { isBehind, lagInWords, stateInWords } from './session-words.ts';
import { shortNames } from './short-names.ts';
import { Since } from './since.tsx';

export interface SessionTableProps {
  readonly rows: readonly SessionRow[];
  /** The session whose panel is open. */
  readonly openId: string | null;
  readonly onOpen: (sessionId: string) => void;
}

/** One row for each session; cards on a narrow screen. */
export function SessionTable({ rows, openId, onOpen }: SessionTableProps) {
  const owners = shortNames(rows.flatMap(({ session }) => session.owner ?? []));
  return (
    <table class="session-table" aria-label="Sessions">
      <thead>
        <tr>
          {['Session', 'State', 'Model', 'Language', 'Since', 'Audio', 'Lag', 'Owner', 'Finals'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row
            key={row.session.sessionId}
            row={row}
            owner={owners.get(row.session.owner ?? '')}
            isOpen={row.session.sessionId === openId}
            onOpen={onOpen}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly row: SessionRow;
  /** Its short name; undefined where there is none. */
  readonly owner: string | undefined;
  readonly isOpen: boolean;
  readonly onOpen: (sessionId: string) => void;
}

function Row({ row, owner, isOpen, onOpen }: RowProps) {
  const { session, receivedMs, lagSeconds } = row;
  const { sessionId } = session;
  return (
    // The button in it does the same for the keyboard.
    <tr
      data-session={sessionId}
      data-state={session.status}
      aria-selected={isOpen}
      onClick={() => {
        if (getSelection()?.isCollapsed) onOpen(sessionId);
      }}
    >
      <th scope="row">
        <button
          type="button"
          class="session-id"
          aria-expanded={isOpen}
          title={sessionId}
          onClick={(event) => {
            event.stopPropagation();
            onOpen(sessionId);
          }}
        >
          {sessionId}
        </button>
      </th>
      <td data-name="State" title={stateInWords(session)}>
        {stateInWords(session)}
      </td>
      <td data-name="Model">{session.model}</td>
      <td data-name="Language">{session.language === null ? 'Detected' : languageName(session.language)}</td>
      <td data-name="Since">
        <Since moment={session.openedAt} />
      </td>
      <td data-name="Audio">{receivedMs === null ? '–' : timecode(receivedMs / 1000)}</td>
      <td data-name="Lag" class={isBehind(lagSeconds) ? 'behind' : undefined}>
        {lagInWords(lagSeconds)}
      </td>
      <td data-name="Owner" title={session.owner ?? undefined}>
        {owner ?? '–'}
      </td>
      <td data-name="Finals">{session.finalCount}</td>
    </tr>
  );
}
