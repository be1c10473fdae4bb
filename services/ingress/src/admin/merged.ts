/** What a source gave next: `result`, or why it can't go on. */
type Answer<T> =
  | { readonly source: AsyncGenerator<T, void>; readonly result: IteratorResult<T, void> }
  | { readonly error: unknown };

/**
 * What several generators give, in the order in which it comes: whoever always has something keeps nobody else waiting.
 * Each source is asked for one thing at a time, and only when the one before has been taken. Ended early, it ends sources
 * that wait for nothing; the others end by a signal.
 */
export async function* merged<T>(sources: readonly AsyncGenerator<T, void>[]): AsyncGenerator<T, void> {
  const answers: Answer<T>[] = [];
  let wake = () => {};
  // Every source answers into one queue. Promise.race would leave a reaction behind on each silent source, every time.
  const ask = async (source: AsyncGenerator<T, void>): Promise<void> => {
    try {
      answers.push({ source, result: await source.next() });
    } catch (error) {
      answers.push({ error });
    }
    wake();
  };
  for (const source of sources) void ask(source);
  try {
    for (let open = sources.length; open > 0; ) {
      const answer = answers.shift();
      if (answer === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if ('error' in answer) throw answer.error;
      if (answer.result.done === true) {
        open--;
        continue;
      }
      yield answer.result.value;
      void ask(answer.source);
    }
  } finally {
    // Nobody waits for them any more.
    for (const source of sources) source.return().catch(() => {});
  }
}
