import { signal, useSignalEffect } from '@preact/signals';
import { VerbatimApi } from '@verbatim/client';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { pageServer } from '../page-server.ts';
import { useModels } from '../use-models.ts';
import { shownView } from '../view.ts';
import { ChooseFiles } from './choose-files.tsx';
import { FileCard } from './file-card.tsx';
import { FileJobs } from './file-jobs.ts';
import { FIRST_SETTINGS, type FileSettings, fieldsOf } from './file-settings.ts';
import { JobMemory } from './job-memory.ts';
import { mediaLength } from './media-length.ts';
import { SettingsForm } from './settings-form.tsx';
import { useFileDrop } from './use-file-drop.ts';
import '../ui/progress.css';
import './files.css';

const settings = signal<FileSettings>(FIRST_SETTINGS);

/** Files to text: they are dropped or chosen, and each becomes a card. */
export function FilesView() {
  const api = useMemo(() => new VerbatimApi({ server: pageServer() }), []);
  const jobs = useMemo(() => newFileJobs(api), [api]);
  const { models, problem } = useModels(api);
  /** The one file whose text is open. */
  const [openId, setOpenId] = useState<string | null>(null);

  useSignalEffect(() => {
    if (shownView.value === 'files') jobs.restore();
  });

  const add = useCallback(
    (files: readonly File[]) => {
      location.hash = '#/files';
      jobs.add(files, fieldsOf(settings.value));
    },
    [jobs],
  );
  const over = useFileDrop(add);
  const entries = jobs.entries.value;

  return (
    <div class="files">
      <h1 class="visually-hidden">Files</h1>
      <div class="drop-zone" data-over={over} data-empty={entries.length === 0}>
        <div class="drop-zone-words">
          <p class="drop-zone-title">{over ? 'Let go to transcribe' : 'Audio or video to text'}</p>
          <p class="quiet">Drop files here, or choose them. Any format, several at once.</p>
        </div>
        <ChooseFiles label="Choose files" primary multiple onChoose={add} />
      </div>
      <SettingsForm models={models.value} settings={settings} />
      {problem.value !== null && (
        <p class="notice" role="alert">
          {problem.value}
        </p>
      )}
      <p class="visually-hidden" role="status">
        {jobs.news}
      </p>
      {entries.length > 0 && (
        <ul class="file-list" aria-label="Files">
          {entries.map((entry) => (
            <FileCard
              key={entry.id}
              entry={entry}
              jobs={jobs}
              api={api}
              open={entry.id === openId}
              onOpen={(open) => setOpenId(open ? entry.id : null)}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

const newFileJobs = (api: VerbatimApi): FileJobs =>
  new FileJobs({
    api,
    memory: new JobMemory(storageOf(), `verbatim.files ${pageServer().pathname}`),
    lengthOf: mediaLength,
    newKey: newKey,
  });

/** Null where the browser lets the page store nothing. */
const storageOf = (): Storage | null => {
  try {
    return localStorage;
  } catch {
    return null;
  }
};

/** Random letters; `crypto.randomUUID` is there on secure connections only. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
