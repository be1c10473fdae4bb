import { useEffect, useState } from 'preact/hooks';
import { DOWNLOADS } from '../downloads.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { copyText } from '../ui/copy-text.ts';
import { Menu } from '../ui/menu.tsx';
import { saveText } from '../ui/save-text.ts';
import type { LiveTalk } from './live-talk.ts';
import { talkAs, talkName } from './transcript-files.ts';

export interface TalkToolsProps {
  readonly live: LiveTalk;
  readonly showsDetails: boolean;
  readonly onDetails: () => void;
  readonly onCaptions: () => void;
}

const THANKS_MS = 2_000;

/** What can be done with the text. */
export function TalkTools({ live, showsDetails, onDetails, onCaptions }: TalkToolsProps) {
  const [copied, setCopied] = useState<boolean | null>(null);
  const [asks, setAsks] = useState(false);
  /** As it was when it was last taken away as a copy or a file. */
  const [kept, setKept] = useState(0);
  const { finals } = live.talk.value;
  const isEmpty = finals.length === 0;

  useEffect(() => {
    if (copied === null) return;
    const timer = setTimeout(() => setCopied(null), THANKS_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    const done = await copyText(talkAs(finals, 'text'));
    setCopied(done);
    if (done) setKept(finals.length);
  };
  const clear = () => {
    setAsks(false);
    setKept(0);
    live.clear();
  };
  return (
    <div class="talk-tools">
      <button type="button" aria-pressed={showsDetails} onClick={onDetails}>
        Details
      </button>
      <button type="button" onClick={onCaptions} aria-keyshortcuts="c">
        Caption mode
      </button>
      <button type="button" disabled={isEmpty} onClick={() => void copy()}>
        {copied === null ? 'Copy' : copied ? 'Copied' : 'The browser refuses'}
      </button>
      <Menu
        label="Download"
        disabled={isEmpty}
        items={(['text', 'srt', 'vtt', 'json'] as const).map((format) => ({
          name: DOWNLOADS[format].name,
          onSelect: () => {
            const { ending, type } = DOWNLOADS[format];
            saveText(`${talkName(new Date())}.${ending}`, talkAs(finals, format), type);
            setKept(finals.length);
          },
        }))}
      />
      <button
        type="button"
        class="plain"
        disabled={isEmpty || live.phase.value !== 'idle'}
        onClick={() => (kept === finals.length ? clear() : setAsks(true))}
      >
        Clear
      </button>
      {asks && (
        <ConfirmDialog
          title="Clear the transcript?"
          text="It is in this page only, and was not copied or downloaded since it last grew."
          yes="Clear"
          no="Keep"
          onAnswer={(yes) => (yes ? clear() : setAsks(false))}
        />
      )}
    </div>
  );
}
