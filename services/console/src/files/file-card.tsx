import type { VerbatimApi } from '@verbatim/client';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { bringIntoView } from '../ui/bring-into-view.ts';
import { byteSize } from '../ui/byte-size.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { timecode } from '../ui/timecode.ts';
import { againOf, type FileEntry, isUnderWay, jobIdOf, lengthOf } from './file-entry.ts';
import type { FileJobs } from './file-jobs.ts';
import { failureOf, progressOf, stateInWords } from './file-words.ts';
import { ResultActions } from './result-actions.tsx';
import { Transcript } from './transcript/transcript.tsx';

export interface FileCardProps {
  readonly entry: FileEntry;
  readonly jobs: FileJobs;
  readonly api: VerbatimApi;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
}

/** One file: what it is, how far it is, what can be done with it, and its text. */
export function FileCard({ entry, jobs, api, open, onOpen }: FileCardProps) {
  const { id, name, state } = entry;
  const transcriptId = useId();
  const card = useRef<HTMLLIElement>(null);
  const [asking, setAsking] = useState(false);
  const job = state.kind === 'known' ? state.job : null;
  const result = job?.result;
  useEffect(() => {
    if (!open || card.current === null) return;
    if (card.current.getBoundingClientRect().bottom > innerHeight) bringIntoView(card.current, 'start');
  }, [open]);
  const remove = () => {
    setAsking(false);
    void jobs.remove(id);
  };
  return (
    <li ref={card} class="file-card" aria-label={name} data-state={job?.status ?? state.kind}>
      <div class="file-head">
        <div class="file-what">
          <h2>{name}</h2>
          <p class="quiet">
            <Facts entry={entry} />
          </p>
        </div>
        <div class="file-actions">
          {result !== undefined && (
            <>
              <button type="button" aria-expanded={open} aria-controls={transcriptId} onClick={() => onOpen(!open)}>
                {open ? 'Close' : 'Open'}
              </button>
              <ResultActions entry={entry} result={result} api={api} onProblem={(why) => jobs.tell(id, why)} />
            </>
          )}
          {(state.kind === 'unreached' || againOf(entry) !== 'no') && (
            <button type="button" onClick={() => jobs.retry(id)}>
              Try again
            </button>
          )}
          {isUnderWay(entry) && (
            <button type="button" onClick={() => void jobs.cancel(id)}>
              Cancel
            </button>
          )}
          {!isUnderWay(entry) && (
            <button type="button" class="plain" onClick={() => (isOnServer(entry) ? setAsking(true) : remove())}>
              {isOnServer(entry) ? 'Delete' : 'Remove'}
            </button>
          )}
        </div>
      </div>
      <Progress entry={entry} />
      {result !== undefined && !open && (
        <p class="file-preview">{result.text === '' ? 'Nothing was said.' : result.text}</p>
      )}
      <Problems entry={entry} />
      {result !== undefined && open && (
        <Transcript
          id={transcriptId}
          name={name}
          result={result}
          warnings={job?.warnings ?? []}
          file={entry.file}
          onFile={(file) => jobs.attach(id, file)}
        />
      )}
      {asking && (
        <ConfirmDialog
          title={`Delete “${name}”?`}
          text="Its text is erased from the server. That can’t be undone."
          yes="Delete"
          no="Keep"
          onAnswer={(yes) => (yes ? remove() : setAsking(false))}
        />
      )}
    </li>
  );
}

/** Whether the server has something of it that can be deleted. */
const isOnServer = (entry: FileEntry): boolean => jobIdOf(entry) !== null && entry.state.kind !== 'expired';

/** Size, length, and how far it is. */
function Facts({ entry }: { readonly entry: FileEntry }) {
  const length = lengthOf(entry);
  return (
    <>
      {byteSize(entry.bytes)}
      {length !== null && ` · ${timecode(length)}`}
      {' · '}
      <span class="file-state">{stateInWords(entry)}</span>
    </>
  );
}

function Progress({ entry }: { readonly entry: FileEntry }) {
  const progress = progressOf(entry);
  if (progress === null) return null;
  return <progress aria-label={`${progress.of} of ${entry.name}`} max={1} value={progress.share} />;
}

function Problems({ entry }: { readonly entry: FileEntry }) {
  const failure = failureOf(entry);
  return (
    <>
      {failure !== null && (
        <p class="notice" role="alert">
          {failure}
        </p>
      )}
      {entry.problem !== null && (
        <p class="notice" role="alert">
          {entry.problem}
        </p>
      )}
    </>
  );
}
