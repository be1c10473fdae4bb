import { useId, useState } from 'preact/hooks';
import { keepAdminKey } from './admin-key.ts';
import type { SessionBoard } from './session-board.ts';

export interface AdminKeyFormProps {
  readonly board: SessionBoard;
  readonly isWrong: boolean;
}

/** Asks for the operator's key. */
export function AdminKeyForm({ board, isWrong }: AdminKeyFormProps) {
  const [key, setKey] = useState('');
  const id = useId();
  return (
    <form
      class="admin-key"
      onSubmit={(event) => {
        event.preventDefault();
        if (key === '') return;
        keepAdminKey(sessionStorage, key);
        board.useKey(key);
      }}
    >
      <h1>Sessions</h1>
      <p>This server shows its sessions to operators only. The key stays in this tab and is gone when you close it.</p>
      {isWrong && (
        <p class="notice" role="alert">
          The server does not know this key.
        </p>
      )}
      <label htmlFor={id}>Admin key</label>
      <div class="admin-key-field">
        <input
          id={id}
          type="text"
          class="secret"
          autocomplete="off"
          spellcheck={false}
          value={key}
          onInput={({ currentTarget }) => setKey(currentTarget.value)}
        />
        <button type="submit" class="primary">
          Show sessions
        </button>
      </div>
    </form>
  );
}
