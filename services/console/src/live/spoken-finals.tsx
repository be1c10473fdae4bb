import type { ReadonlySignal } from '@preact/signals';
import type { Talk } from './talk.ts';

/** More finals than these do not come at once, but after a connection that was away for long. */
const MOST_AT_ONCE = 5;

/** Finals for who hears the page: an element for each, so that each is read out once, also where two come at once or say the same. */
export function SpokenFinals({ talk }: { readonly talk: ReadonlySignal<Talk> }) {
  return (
    <div class="visually-hidden" aria-live="polite" aria-relevant="additions">
      {talk.value.finals.slice(-MOST_AT_ONCE).map(({ sequence, text, language }) => (
        <p key={sequence} lang={language}>
          {text}
        </p>
      ))}
    </div>
  );
}
