import { type CloseReason, SttError } from '@verbatim/contracts';

/** Why a session that closed for `reason` did not end well, in words for its client; null where it did. */
export const closeError = (reason: CloseReason): SttError | null => {
  switch (reason) {
    case 'end_of_audio':
    case 'resume_window_expired':
      return null;
    case 'idle':
      return new SttError('idle_timeout', 'No audio and no keep-alive came for too long, so the session was ended.');
    case 'limit':
      return new SttError('limit_exceeded', 'The session reached its limit of audio. Open a new one to go on.');
    case 'erased':
      return new SttError('session_not_found', 'The session was erased.');
    case 'failed':
      return new SttError('internal', 'The server failed to go on with this session; its text so far is kept.');
    case 'server_shutdown':
      return new SttError('unavailable', 'The server is shutting down. Connect again in a moment.', {
        retryAfterMs: 1_000,
      });
  }
};
