/** Everything that comes, up to the end; `onEach` hears of each. */
export async function all<T>(values: AsyncIterable<T>, onEach: (value: T) => void = () => {}): Promise<T[]> {
  const came: T[] = [];
  for await (const value of values) {
    came.push(value);
    onEach(value);
  }
  return came;
}
