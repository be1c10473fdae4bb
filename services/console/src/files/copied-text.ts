import { FORMATTERS, type JsonTranscript } from '@verbatim/formats';

/** The text of a result as it is copied: the same paragraphs, and names of channels, as in the file. */
export const copiedText = ({ segments, language, model, duration }: JsonTranscript): string =>
  FORMATTERS.text({
    model,
    language,
    durationMs: duration * 1000,
    segments: segments.map(({ words: _, start, end, ...segment }) => ({
      ...segment,
      startMs: start * 1000,
      endMs: end * 1000,
    })),
  });
