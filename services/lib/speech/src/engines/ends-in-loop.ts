/** A group of up to `size` tokens that fills the last `tokens` tokens, `repeats` times or more, is a decoder gone astray. */
const loop = { size: 4, repeats: 4, tokens: 8 } as const;

/** Whether the last tokens are one short group over and over. */
export function endsInLoop(tokens: readonly number[]): boolean {
  for (let size = 1; size <= loop.size; size++) {
    const covered = Math.max(size * loop.repeats, Math.ceil(loop.tokens / size) * size);
    if (tokens.length < covered) continue;
    let same = true;
    for (let back = 1; same && back <= covered - size; back++) {
      same = tokens[tokens.length - back] === tokens[tokens.length - back - size];
    }
    if (same) return true;
  }
  return false;
}
