import { useEffect } from 'preact/hooks';
import type { LiveTalk } from './live-talk.ts';

/** Asks before the page is left while somebody speaks, and ends the talk where it is left. */
export function useLeave(live: LiveTalk, isLive: boolean): void {
  useEffect(() => {
    if (!isLive) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [isLive]);

  useEffect(() => {
    const leave = () => live.leave();
    addEventListener('pagehide', leave);
    return () => removeEventListener('pagehide', leave);
  }, [live]);
}
