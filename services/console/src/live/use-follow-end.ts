import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Nearer to the end than this, in pixels, a reader is taken to be at it. */
const AT_END = 48;

export interface FollowEnd<T> {
  /** For the box that scrolls. */
  readonly box: RefObject<T | null>;
  /** The reader looks at something older. */
  readonly isAway: boolean;
  readonly jump: () => void;
}

/** Keeps the end of a growing text in sight, until its reader scrolls up, and again when they come back. */
export function useFollowEnd<T extends HTMLElement>(): FollowEnd<T> {
  const box = useRef<T>(null);
  const follows = useRef(true);
  const [isAway, setAway] = useState(false);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const look = () => {
      const { scrollHeight, scrollTop, clientHeight } = element;
      follows.current = scrollHeight - scrollTop - clientHeight < AT_END;
      setAway(!follows.current);
    };
    element.addEventListener('scroll', look, { passive: true });
    // A window that is resized, or a phone that is turned, moves the text without its reader.
    const resized = new ResizeObserver(() => {
      if (follows.current) element.scrollTop = element.scrollHeight;
    });
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      resized.disconnect();
    };
  }, []);

  const jump = () => {
    const element = box.current;
    if (element === null) return;
    follows.current = true;
    element.scrollTop = element.scrollHeight;
  };
  // After each drawing, as the text may have grown.
  useLayoutEffect(() => {
    if (follows.current) jump();
  });
  return { box, isAway, jump };
}
