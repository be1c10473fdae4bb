/** A job of this page, as it outlives the page. */
export interface Remembered {
  readonly jobId: string;
  readonly name: string;
  readonly bytes: number;
}

/** More than anybody looks through; the server forgets most of them earlier. */
const MOST = 50;

/** `list` with `job` first, and no more than fit. */
export const remember = (list: readonly Remembered[], job: Remembered): readonly Remembered[] =>
  [job, ...forget(list, job.jobId)].slice(0, MOST);

export const forget = (list: readonly Remembered[], jobId: string): readonly Remembered[] =>
  list.filter((job) => job.jobId !== jobId);

/** What was written by `JSON.stringify`; whatever else is there counts as nothing. */
export const readRemembered = (text: string | null): readonly Remembered[] => {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(list) ? list.filter(isRemembered).slice(0, MOST) : [];
  } catch {
    return [];
  }
};

const isRemembered = (value: unknown): value is Remembered =>
  typeof value === 'object' &&
  value !== null &&
  'jobId' in value &&
  typeof value.jobId === 'string' &&
  'name' in value &&
  typeof value.name === 'string' &&
  'bytes' in value &&
  typeof value.bytes === 'number';
