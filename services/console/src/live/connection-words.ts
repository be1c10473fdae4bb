import type { ConnectionChange } from '@verbatim/client';

/**
 * What happened to the connection, quietly: nobody who speaks has to do anything about it. The same words for each attempt,
 * so that who hears the page hears them once.
 */
export const connectionWords = (change: ConnectionChange): string => {
  if (change.state === 'lost') {
    return 'The connection is lost. What you say is kept, and sent when it is back.';
  }
  const seconds = (change.afterMs / 1000).toFixed(1);
  return change.state === 'resumed'
    ? `Connected again after ${seconds} s. Nothing was lost.`
    : `The server was restarted; going on after ${seconds} s. Nothing was lost.`;
};
