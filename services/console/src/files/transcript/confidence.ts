import type { JsonSegment } from '@verbatim/formats';

/** How sure the model is of a transcript, 0 to 1: its segments' mean, by how long they are. Null where nothing was said. */
export const confidenceOf = (segments: readonly JsonSegment[]): number | null => {
  const length = segments.reduce((sum, { start, end }) => sum + end - start, 0);
  if (length === 0) return null;
  return segments.reduce((sum, { start, end, confidence }) => sum + (end - start) * confidence, 0) / length;
};
