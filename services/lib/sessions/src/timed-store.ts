/** Hears of a call that has settled: by the method's name, how long it took in milliseconds, and whether it succeeded. */
export type StoreObserver = (operation: string, ms: number, succeeded: boolean) => void;

/** `store`, with each of its calls timed. Only what rejects counts as failed: an answer such as `fenced` is an answer. */
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
            () => settled(false),
          );
        return result;
      };
    },
  });
