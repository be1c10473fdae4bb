const DIM = '\u001b[2m';
const PLAIN = '\u001b[22m';

/**
 * A hypothesis as one line of a terminal: its unstable end dimmed, and where it is too long, its beginning left out.
 * @param stableChars UTF-16 units of `text` that will not change
 * @param columns width of the terminal
 */
export function partialLine(text: string, stableChars: number, columns: number): string {
  // The last column stays free: some terminals go to the next line as soon as it is written.
  const room = Math.max(1, columns - 1);
  const cut = text.length <= room ? 0 : text.length - room + 1;
  const stable = text.slice(cut, Math.max(cut, stableChars));
  const unstable = text.slice(Math.max(cut, stableChars));
  return `${cut === 0 ? '' : '…'}${stable}${unstable === '' ? '' : `${DIM}${unstable}${PLAIN}`}`;
}
