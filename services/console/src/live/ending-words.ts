import type { CloseReason } from '@verbatim/contracts';

/** Why a talk ended that nobody stopped, in a sentence; null where it was its speaker. */
export const endingWords = (reason: CloseReason): string | null => WORDS[reason];

const WORDS: Readonly<Record<CloseReason, string | null>> = {
  end_of_audio: null,
  idle: 'Nothing was heard for too long, so the server ended the session. Press Start to go on.',
  limit: 'The session reached the longest duration that the server allows. Press Start to go on.',
  erased: 'The session was erased on the server while you spoke. Press Start to begin another.',
  resume_window_expired: 'The connection was away for too long, so the server ended the session. Press Start to go on.',
  failed: 'The server could not go on with the session. Press Start to try another.',
  server_shutdown: 'The server was shut down. Press Start when it is back.',
};
