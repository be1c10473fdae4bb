import { useEffect } from 'preact/hooks';

/** Keeps the screen on while `isLive`, where the browser can; it asks again when the page comes back into sight. */
export function useAwake(isLive: boolean): void {
  useEffect(() => {
    if (!isLive || !('wakeLock' in navigator)) return;
    let isOver = false;
    let lock: WakeLockSentinel | null = null;
    const ask = () => {
      if (document.visibilityState !== 'visible') return;
      navigator.wakeLock.request('screen').then(
        (given) => {
          if (isOver) void given.release();
          else lock = given;
        },
        // A low battery may refuse it.
        () => {},
      );
    };
    ask();
    document.addEventListener('visibilitychange', ask);
    return () => {
      isOver = true;
      document.removeEventListener('visibilitychange', ask);
      void lock?.release();
    };
  }, [isLive]);
}
