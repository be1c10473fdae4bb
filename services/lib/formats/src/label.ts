/** A channel's label on one line; empty where there is none to show. */
export const labelOf = (channel: string | undefined): string => (channel ?? '').trim().replace(/\s+/g, ' ');

/** `label`, cut to at most `longest` UTF-16 units, never inside a surrogate pair. */
export const shortLabel = (label: string, longest: number): string => {
  if (label.length <= longest) return label;
  return `${label.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
};
