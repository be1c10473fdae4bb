import { useSignal, useSignalEffect } from '@preact/signals';
import { VerbatimApi } from '@verbatim/client';
import { useEffect, useMemo } from 'preact/hooks';
import { pageServer } from '../page-server.ts';
import { shownView } from '../view.ts';
import { readAdminKey } from './admin-key.ts';
import { SessionBoard } from './session-board.ts';

/** A board of the page's server, kept up to date only while somebody sees it. */
export const useBoard = (): SessionBoard => {
  const board = useMemo(
    () =>
      new SessionBoard({
        connect: (adminKey) => new VerbatimApi({ server: pageServer(), ...(adminKey !== undefined && { adminKey }) }),
        adminKey: readAdminKey(sessionStorage),
      }),
    [],
  );
  const pageShows = useSignal(document.visibilityState === 'visible');
  useEffect(() => {
    const look = () => {
      pageShows.value = document.visibilityState === 'visible';
    };
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [pageShows]);
  useSignalEffect(() => {
    if (!pageShows.value || shownView.value !== 'sessions') return;
    const away = new AbortController();
    void board.run(away.signal);
    return () => away.abort();
  });
  return board;
};
