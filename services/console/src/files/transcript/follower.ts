import { bringIntoView } from '../../ui/bring-into-view.ts';
import { mustFollow } from './follow.ts';

/** Moves the page along with what is heard. */
export class Follower {
  #before: Element | null = null;
  #jumps = 0;

  /**
   * @param segment that is heard now
   * @param above what covers the top of the screen
   * @param jumps counts how often the listener has jumped to another place
   */
  follow(segment: Element, above: Element | null, jumps: number): void {
    const jumped = jumps !== this.#jumps;
    const before = jumped ? null : this.#before;
    if (segment === before) return;
    this.#before = segment;
    this.#jumps = jumps;
    const screen = { top: above?.getBoundingClientRect().bottom ?? 0, bottom: innerHeight };
    if (!mustFollow(segment.getBoundingClientRect(), before?.getBoundingClientRect() ?? null, screen)) return;
    bringIntoView(segment, 'center');
  }
}
