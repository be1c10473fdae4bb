import type { LiveTalk } from './live-talk.ts';

export interface TalkNoticesProps {
  readonly live: LiveTalk;
  readonly showsDetails: boolean;
}

/** What is wrong, for its speaker to mend, and quiet words on the connection, about which nothing need be done. */
export function TalkNotices({ live, showsDetails }: TalkNoticesProps) {
  const { moves, lostSeconds } = live.talk.value;
  return (
    <>
      {live.problem.value !== null && (
        <p class="notice" role="alert">
          {live.problem.value}
        </p>
      )}
      <p class="live-connection quiet" role="status" aria-label="Connection">
        {live.connection.value}
        {showsDetails && moves > 0 && ` Moved to another transcriber ${moves === 1 ? 'once' : `${moves} times`}.`}
        {lostSeconds > 0 && ` ${lostSeconds.toFixed(1)} s of audio were lost on the way.`}
      </p>
    </>
  );
}
