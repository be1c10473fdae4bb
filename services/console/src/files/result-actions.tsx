import type { VerbatimApi } from '@verbatim/client';
import type { Format, JsonTranscript } from '@verbatim/formats';
import { useEffect, useState } from 'preact/hooks';
import { DOWNLOADS, downloadName } from '../downloads.ts';
import { copyText } from '../ui/copy-text.ts';
import { Menu } from '../ui/menu.tsx';
import { saveText } from '../ui/save-text.ts';
import { copiedText } from './copied-text.ts';
import { type FileEntry, jobIdOf } from './file-entry.ts';

export interface ResultActionsProps {
  readonly entry: FileEntry;
  readonly result: JsonTranscript;
  readonly api: Pick<VerbatimApi, 'jobResult'>;
  readonly onProblem: (why: string | null) => void;
}

/** How long the button says that it has copied. */
const THANKS_MS = 2_000;

/** Copy, and download in each format. */
export function ResultActions({ entry, result, api, onProblem }: ResultActionsProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), THANKS_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    const done = await copyText(copiedText(result));
    setCopied(done);
    onProblem(done ? null : 'The browser does not let the page copy. Select the text and copy it yourself.');
  };
  const download = async (format: Format) => {
    try {
      const text = await api.jobResult(jobIdOf(entry) ?? '', format);
      saveText(downloadName(entry.name, format), text, DOWNLOADS[format].type);
      onProblem(null);
    } catch (error) {
      onProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        {copied ? 'Copied' : 'Copy'}
      </button>
      <Menu
        label="Download"
        items={FORMAT_ORDER.map((format) => ({ name: DOWNLOADS[format].name, onSelect: () => void download(format) }))}
      />
    </>
  );
}

const FORMAT_ORDER: readonly Format[] = ['text', 'srt', 'vtt', 'json'];
