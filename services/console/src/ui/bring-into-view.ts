/** Scrolls to an element; without a movement for who wants none. */
export const bringIntoView = (element: Element, block: 'start' | 'center'): void => {
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  element.scrollIntoView({ block, behavior: isStill ? 'instant' : 'smooth' });
};
