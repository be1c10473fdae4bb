import type { Final, SessionEvent } from '@verbatim/contracts';

/** What to do with one event of the feed. */
export type OrderStep =
  /** Hand it to the client. */
  | 'deliver'
  /** The client has it already. */
  | 'drop'
  /** Finals before it were lost on the way: read them from the store and pass each to `accept`, then ask again. */
  | 'fill';

/**
 * Finals travel over a feed that may lose them; the store does not. This decides, event by event, so that every final
 * reaches the client exactly once and in order: a jump of the sequence, or a count that is ahead of what was
 * delivered, asks for the missing ones first.
 */
export class FinalOrder {
  #delivered: number;

  /** `delivered`: the sequence of the last final that the client has; 0 for none. */
  constructor(delivered: number) {
    this.#delivered = delivered;
  }

  get delivered(): number {
    return this.#delivered;
  }

  step(event: SessionEvent): OrderStep {
    switch (event.type) {
      case 'final':
        if (event.sequence <= this.#delivered) return 'drop';
        return event.sequence === this.#delivered + 1 ? 'deliver' : 'fill';
      case 'progress':
      case 'closed':
        return event.finals > this.#delivered ? 'fill' : 'deliver';
      default:
        return 'deliver';
    }
  }

  /** Notes a final as delivered; false if it is not the next one and must not be shown. */
  accept(final: Final): boolean {
    if (final.sequence !== this.#delivered + 1) return false;
    this.#delivered = final.sequence;
    return true;
  }
}
