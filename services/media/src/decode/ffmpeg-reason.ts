const MAX_CHARACTERS = 200;
/** What ffmpeg says in the end of whatever it was that went wrong; a line before these says it better. */
const SAYS_LITTLE: readonly RegExp[] = [
  /^Error while (decoding stream|processing the decoded data for stream) /,
  /^(Error marking filters as finished|Not yet implemented in FFmpeg, patches welcome)$/,
  /^(Invalid data found when processing input|Invalid argument|End of file|Input\/output error)$/,
];
/** Instead of the same line again. */
const REPEATED = /^\s*Last message repeated \d+ times$/;
/** ffmpeg's ways to say that a file ended where it did not expect it. */
const ENDED = /^(End of file|Input\/output error)$/;

/**
 * The reason in what ffmpeg said of its errors, in half a sentence without its own names for things and the file's;
 * null if it said nothing.
 */
export const reasonIn = (errors: string, path: string): string | null => {
  const lines = errors
    .replaceAll(`file:${path}`, '')
    .replaceAll(path, 'the file')
    .split('\n')
    .map((line) =>
      line
        .replace(/^(\[[^\]]*\]\s*)+/, '')
        .replace(/^:\s*/, '')
        .replace(/[\s.]+$/, '')
        .replace(/[^\P{Cc}\t]/gu, ''),
    )
    .filter((line) => line !== '' && !REPEATED.test(line));
  if (lines.some((line) => line.startsWith('Format not on whitelist'))) return 'it is of no kind that is decoded';
  if (lines.length > 0 && lines.every((line) => ENDED.test(line))) return 'it ends before its sound begins';
  const last = lines.findLast((line) => !SAYS_LITTLE.some((words) => words.test(line))) ?? lines.at(-1);
  return last === undefined ? null : `ffmpeg says "${last.slice(0, MAX_CHARACTERS)}"`;
};
