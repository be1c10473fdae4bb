/** Where a session stands towards its client. */
export type AttachmentState =
  /** A connection feeds it. */
  | 'attached'
  /** The connection is gone; the resume window is open. */
  | 'detached'
  /** No more audio will come: ended by the client, the server, or the window; waiting for the owner's `closed`. */
  | 'ending'
  /** Over: closed by its owner, erased, or in other hands. */
  | 'gone';

export type AttachmentInput = 'disconnect' | 'window_over' | 'end' | 'close';

/** What the holder of the state has to do on a change. */
export type AttachmentAction = 'open_window' | 'shut_window' | 'mark_end' | 'none';

/**
 * Attached until the client goes; then resumable until the window is over; then ending until the owner has closed.
 * Ending twice, or losing a connection that has already ended its audio, changes nothing.
 */
export const nextAttachment = (
  state: AttachmentState,
  input: AttachmentInput,
): { readonly state: AttachmentState; readonly action: AttachmentAction } => {
  if (state === 'gone') return { state, action: 'none' };
  switch (input) {
    case 'close':
      return { state: 'gone', action: 'shut_window' };
    case 'end':
      return state === 'ending' ? { state, action: 'none' } : { state: 'ending', action: 'mark_end' };
    case 'disconnect':
      return state === 'attached' ? { state: 'detached', action: 'open_window' } : { state, action: 'none' };
    case 'window_over':
      return state === 'detached' ? { state: 'ending', action: 'mark_end' } : { state, action: 'none' };
  }
};
