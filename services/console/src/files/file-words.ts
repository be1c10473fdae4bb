import type { Job } from '@verbatim/client';
import { byteSize } from '../ui/byte-size.ts';
import type { FileEntry } from './file-entry.ts';

/** How a file is, in words. What went wrong with it is told by `failureOf`. */
export const stateInWords = ({ state, bytes }: FileEntry): string => {
  switch (state.kind) {
    case 'waiting':
      return 'Waits until others are sent';
    case 'uploading':
      if (state.share >= 1) return 'Sent; the server is taking it in';
      return `Uploading, ${byteSize(state.share * bytes)} of ${byteSize(bytes)}`;
    case 'delayed':
      return `The server has no room for it now; sent again in ${state.seconds} s`;
    case 'unsent':
      return 'Not sent';
    case 'stopped':
      return 'Cancelled';
    case 'asking':
      return 'Asking the server';
    case 'unreached':
      return 'The server can’t say how it is';
    case 'known':
      return jobInWords(state.job);
    case 'expired':
      return 'The server has forgotten it: its text has expired, or somebody deleted it';
  }
};

const jobInWords = ({ status, progress }: Job): string => {
  switch (status) {
    case 'queued':
      return 'In line on the server';
    case 'processing':
      return progress === 0 ? 'Transcribing' : `Transcribing, ${percent(progress)}`;
    case 'completed':
      return 'Transcribed';
    case 'failed':
      return 'Could not be transcribed';
    case 'cancelled':
      return 'Cancelled';
  }
};

/** What went wrong, in sentences of the server or the client; null where nothing did. */
export const failureOf = ({ state }: FileEntry): string | null => {
  if (state.kind === 'unsent' || state.kind === 'unreached') return state.why;
  return state.kind === 'known' ? (state.job.error?.message ?? null) : null;
};

/** 0 to 1 as a whole percentage that says 100 only at the end. */
export const percent = (share: number): string => `${share >= 1 ? 100 : Math.min(99, Math.round(share * 100))} %`;

/** The work on a file that has a known share done; null where there is none to show. */
export const progressOf = ({
  state,
}: FileEntry): { readonly of: 'Upload' | 'Transcription'; readonly share: number } | null => {
  if (state.kind === 'uploading') return { of: 'Upload', share: state.share };
  if (state.kind === 'known' && (state.job.status === 'queued' || state.job.status === 'processing')) {
    return { of: 'Transcription', share: state.job.progress };
  }
  return null;
};
