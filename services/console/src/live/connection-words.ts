import type { ConnectionChange } from '@verbatim/client';

/** What happened to the connection, quietly: nobody who speaks has to do anything about it. */
export const connectionWords = (change: ConnectionChange): string => {
  if (change.state === 'lost') {
    return change.attempt === 1
      ? 'The connection is lost. What you say is kept, and sent when it is back.'
      : `Still no connection, try ${change.attempt}. What you say is kept.`;
  }
  const seconds = (change.afterMs / 1000).toFixed(1);
  return change.state === 'resumed'
    ? `Connected again after ${seconds} s. Nothing was lost.`
    : `The server was restarted; going on after ${seconds} s. Nothing was lost.`;
};
