import { type ErrorCode, SttError } from '@verbatim/contracts';

/** Hears of a call that has settled: by the method's name, how long it took in milliseconds, and whether it succeeded. */
export type StoreObserver = (operation: string, ms: number, succeeded: boolean) => void;

/** What the store may say of a caller's session: it has done its work. */
const ANSWERS: ReadonlySet<ErrorCode> = new Set(['session_not_found', 'session_exists', 'invalid_argument']);

/** `store`, with each of its calls timed. An answer such as `fenced` or `session_not_found` is no failure. */
export const timedStore = <S extends object>(store: S, observe: StoreObserver): S =>
  new Proxy(store, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function' || typeof key !== 'string') return member;
      return (...args: unknown[]): unknown => {
        const began = performance.now();
        const settled = (succeeded: boolean) => observe(key, performance.now() - began, succeeded);
        const result: unknown = member.apply(target, args);
        if (result instanceof Promise)
          result.then(
            () => settled(true),
            (error: unknown) => settled(error instanceof SttError && ANSWERS.has(error.code)),
          );
        return result;
      };
    },
  });
