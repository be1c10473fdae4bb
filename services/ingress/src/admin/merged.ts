/** What several generators give, as it comes. Ended early, it ends those that wait for nothing; the others end by a signal. */
export async function* merged<T>(sources: readonly AsyncGenerator<T, void>[]): AsyncGenerator<T, void> {
  const ask = async (source: AsyncGenerator<T, void>) => ({ source, result: await source.next() });
  const asked = new Map(sources.map((source) => [source, ask(source)]));
  try {
    while (asked.size > 0) {
      const { source, result } = await Promise.race(asked.values());
      if (result.done === true) asked.delete(source);
      else {
        yield result.value;
        asked.set(source, ask(source));
      }
    }
  } finally {
    for (const [source, answer] of asked) {
      // Nobody waits for it any more.
      answer.catch(() => {});
      void source.return().catch(() => {});
    }
  }
}
