import type { Clock } from '@verbatim/contracts';

/** Waits. @throws the signal's reason as soon as it aborts. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  let wake = () => {};
  const over = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const cancel = clock.after(ms, wake);
  signal?.addEventListener('abort', wake);
  await over;
  cancel();
  signal?.removeEventListener('abort', wake);
  signal?.throwIfAborted();
}
