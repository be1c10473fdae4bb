import type { Phase } from './live-talk.ts';

export interface TalkButtonProps {
  readonly phase: Phase;
  readonly onClick: () => void;
}

const NAMES: Readonly<Record<Phase, string>> = {
  idle: 'Start',
  starting: 'Stop',
  live: 'Stop',
  stopping: 'Finishing',
  overdue: 'Don’t wait',
};

/** The one big button. */
export function TalkButton({ phase, onClick }: TalkButtonProps) {
  const isLive = phase === 'live' || phase === 'starting';
  return (
    <button
      type="button"
      class={isLive ? 'talk-button stop' : phase === 'overdue' ? 'talk-button' : 'talk-button primary'}
      disabled={phase === 'stopping'}
      title={phase === 'overdue' ? 'End without the last words' : undefined}
      aria-keyshortcuts="Space Enter"
      onClick={onClick}
    >
      {phase !== 'overdue' && (
        <svg viewBox="0 0 20 20" aria-hidden="true">
          {isLive ? (
            <rect x="5" y="5" width="10" height="10" rx="2" />
          ) : (
            <path d="M10 2a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V5a3 3 0 0 0-3-3zM4.5 9.5a.75.75 0 0 1 1.5 0V10a4 4 0 0 0 8 0v-.5a.75.75 0 0 1 1.5 0V10a5.5 5.5 0 0 1-4.75 5.45v1.8a.75.75 0 0 1-1.5 0v-1.8A5.5 5.5 0 0 1 4.5 10z" />
          )}
        </svg>
      )}
      {NAMES[phase]}
    </button>
  );
}
