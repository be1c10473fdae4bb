import { type ReadonlySignal, useComputed } from '@preact/signals';
import { timecode } from '../ui/timecode.ts';

/** How long the talk is; drawn anew once a second, although audio comes more often. */
export function Elapsed({ seconds }: { readonly seconds: ReadonlySignal<number> }) {
  const shown = useComputed(() => timecode(seconds.value));
  return (
    <span class="live-elapsed" title="Audio since Start">
      {shown}
    </span>
  );
}
