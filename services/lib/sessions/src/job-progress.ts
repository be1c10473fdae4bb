/** A reported progress as one that can be stored: 0 to 1. What is no number is no progress. */
export const clampProgress = (progress: number): number =>
  Number.isNaN(progress) ? 0 : Math.min(1, Math.max(0, progress));
