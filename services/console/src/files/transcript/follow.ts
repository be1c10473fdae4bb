/** Where something is on the screen, in pixels from its top. */
export interface Extent {
  readonly top: number;
  readonly bottom: number;
}

/**
 * Whether the page is to be moved so that the segment heard now can be read. A reader who has scrolled away from the one
 * before it, to read elsewhere, is left alone; who scrolls back is taken along again.
 * @param before what was heard before; null: nothing, or the listener has just jumped to another place
 * @param screen what can be seen
 */
export const mustFollow = (now: Extent, before: Extent | null, screen: Extent): boolean => {
  if (before !== null && !overlaps(before, screen)) return false;
  return now.top < screen.top || now.bottom > screen.bottom;
};

const overlaps = (one: Extent, other: Extent): boolean => one.bottom > other.top && one.top < other.bottom;
