import { useState } from 'preact/hooks';
import { AdminKeyForm } from './admin-key-form.tsx';
import { SessionPanel } from './session-panel.tsx';
import { SessionTable } from './session-table.tsx';
import { SummaryLine } from './summary-line.tsx';
import { useBoard } from './use-board.ts';
import './sessions.css';

/** Who is speaking, how far behind the text is, and which transcriber has whom: for operators. */
export function SessionsView() {
  const board = useBoard();
  const [openId, setOpenId] = useState<string | null>(null);
  const access = board.access.value;
  const rows = board.rows.value;
  const problem = board.problem.value;
  const opened = rows?.find(({ session }) => session.sessionId === openId);

  if (access === 'key_missing' || access === 'key_wrong')
    return <AdminKeyForm board={board} isWrong={access === 'key_wrong'} />;
  if (access === 'disabled') {
    return (
      <div class="sessions">
        <h1>Sessions</h1>
        <p class="notice">{problem}</p>
      </div>
    );
  }
  return (
    <div class="sessions">
      <div class="sessions-head">
        <h1>Sessions</h1>
        <label class="sessions-closed">
          <input
            type="checkbox"
            checked={board.withClosed.value}
            onChange={({ currentTarget }) => board.showClosed(currentTarget.checked)}
          />
          Show closed ones too
        </label>
      </div>
      {problem !== null && (
        <p class="notice" role="alert">
          {problem} What is shown may be old.
        </p>
      )}
      {rows !== null && rows.length > 0 && (
        <SummaryLine rows={rows} isPart={board.next.value !== null || board.page > 0} />
      )}
      {rows !== null && rows.length === 0 && (
        <p class="sessions-none">{board.withClosed.value ? 'No one has spoken yet.' : 'No one is speaking now.'}</p>
      )}
      {rows !== null && rows.length > 0 && (
        <div class="sessions-body" data-open={opened !== undefined}>
          <SessionTable rows={rows} openId={openId} onOpen={(id) => setOpenId(id === openId ? null : id)} />
          {opened !== undefined && <SessionPanel key={openId} row={opened} onClose={() => setOpenId(null)} />}
        </div>
      )}
      {(board.page > 0 || board.next.value !== null) && (
        <div class="sessions-pages">
          <button type="button" disabled={board.page === 0} onClick={() => board.turnPage('previous')}>
            Previous page
          </button>
          <button type="button" disabled={board.next.value === null} onClick={() => board.turnPage('next')}>
            Next page
          </button>
        </div>
      )}
    </div>
  );
}
