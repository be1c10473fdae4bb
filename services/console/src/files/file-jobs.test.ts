import { ApiError, ClientError } from '@verbatim/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileJobs } from './file-jobs.ts';
import { JobMemory } from './job-memory.ts';
import { FakeApi, FakeStorage, jobOf } from './testing/fakes.ts';

let api: FakeApi;
let storage: FakeStorage;
let jobs: FileJobs;

const newPage = () => {
  let keys = 0;
  return new FileJobs({
    api,
    memory: new JobMemory(storage, 'files'),
    lengthOf: async () => 12.5,
    newKey: () => `key ${++keys}`,
  });
};

beforeEach(() => {
  api = new FakeApi();
  storage = new FakeStorage();
  jobs = newPage();
});
afterEach(() => vi.useRealTimers());

const file = (name: string, content = 'sound') => new File([content], name);
const states = () =>
  jobs.entries.value.map(({ name, state }) => [name, state.kind === 'known' ? state.job.status : state.kind]);
const idOf = (name: string) => jobs.entries.value.find((entry) => entry.name === name)!.id;
const entry = (name: string) => jobs.entries.value.find((each) => each.name === name)!;
const remembered = () => new JobMemory(storage, 'files').all().map(({ jobId }) => jobId);

describe('files', () => {
  it('are sent two at a time, those that came first before others', async () => {
    jobs.add([file('a'), file('b'), file('c')], { language: 'de' });
    jobs.add([file('d')], {});
    expect(states()).toEqual([
      ['d', 'waiting'],
      ['a', 'uploading'],
      ['b', 'uploading'],
      ['c', 'waiting'],
    ]);
    expect(api.uploads.map(({ options }) => [options.fileName, options.fields])).toEqual([
      ['a', { language: 'de' }],
      ['b', { language: 'de' }],
    ]);
    await api.uploads[1]!.accept();
    expect(states()).toEqual([
      ['d', 'waiting'],
      ['a', 'uploading'],
      ['b', 'queued'],
      ['c', 'uploading'],
    ]);
  });

  it('tell how much of them has left, and how long they are', async () => {
    jobs.add([file('a')], {});
    api.uploads[0]!.options.onProgress?.(1, 4);
    expect(entry('a').state).toEqual({ kind: 'uploading', share: 0.25 });
    await vi.waitFor(() => expect(entry('a').length).toBe(12.5));
  });

  it('are followed until they are transcribed, and remembered', async () => {
    jobs.add([file('a')], {});
    await api.uploads[0]!.accept('j-1');
    await api.tell(jobOf('j-1', { status: 'processing', progress: 0.5 }));
    expect(states()).toEqual([['a', 'processing']]);
    await api.tell(jobOf('j-1', { status: 'completed' }));
    expect(states()).toEqual([['a', 'completed']]);
    expect(jobs.news.value).toBe('a is transcribed.');
    expect(remembered()).toEqual(['j-1']);
  });
});

describe('a file that could not be sent', () => {
  it('is sent again with the same key after a failure of the network, so that there is no second job', async () => {
    jobs.add([file('a')], {});
    await api.uploads[0]!.fail(new ClientError('The server can’t be reached.'));
    expect(entry('a').state).toEqual({ kind: 'unsent', why: 'The server can’t be reached.', again: 'same' });
    jobs.retry(idOf('a'));
    expect(states()).toEqual([['a', 'uploading']]);
    expect(api.uploads.map(({ options }) => options.idempotencyKey)).toEqual(['key 1', 'key 1']);
  });

  it('is not sent again where the server refused it', async () => {
    jobs.add([file('notes.txt'), file('b'), file('c')], {});
    await api.uploads[0]!.fail(new ApiError(415, 'unsupported_media_type', 'It is text.'));
    expect(entry('notes.txt').state).toEqual({ kind: 'unsent', why: 'It is text.', again: 'no' });
    jobs.retry(idOf('notes.txt'));
    expect(states()).toEqual([
      ['notes.txt', 'unsent'],
      ['b', 'uploading'],
      ['c', 'uploading'],
    ]);
  });

  it('is sent again by itself when the server says to, and keeps its turn until then', async () => {
    vi.useFakeTimers();
    jobs.add([file('a'), file('b'), file('c')], {});
    await api.uploads[0]!.fail(new ApiError(429, 'no_capacity', 'No room.', 10_000));
    expect(entry('a').state).toEqual({ kind: 'delayed', why: 'No room.', seconds: 10 });
    expect(states().map(([, state]) => state)).toEqual(['delayed', 'uploading', 'waiting']);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(api.uploads.length).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(states().map(([, state]) => state)).toEqual(['uploading', 'uploading', 'waiting']);
    expect(api.uploads[2]!.options.idempotencyKey).toBe(api.uploads[0]!.options.idempotencyKey);
  });

  it('is no longer waited for once it is cancelled', async () => {
    vi.useFakeTimers();
    jobs.add([file('a'), file('b'), file('c')], {});
    await api.uploads[0]!.fail(new ApiError(429, 'no_capacity', 'No room.', 10_000));
    await jobs.cancel(idOf('a'));
    expect(states().map(([, state]) => state)).toEqual(['stopped', 'uploading', 'uploading']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states().map(([, state]) => state)).toEqual(['stopped', 'uploading', 'uploading']);
  });

  it('says so where the browser can’t read it any more', async () => {
    const gone = file('gone');
    vi.spyOn(gone, 'slice').mockImplementation(() => {
      throw new DOMException('Gone.', 'NotReadableError');
    });
    jobs.add([gone], {});
    await api.uploads[0]!.fail(new ClientError('The upload was cut off.'));
    await vi.waitFor(() => expect(entry('gone').state).toMatchObject({ kind: 'unsent', again: 'no' }));
    expect(entry('gone').state).toMatchObject({ why: expect.stringContaining('can’t read it any more') });
  });
});

describe('cancelling', () => {
  it('ends an upload, and lets the next one begin; the file can be sent anew', async () => {
    jobs.add([file('a'), file('b'), file('c')], {});
    await jobs.cancel(idOf('a'));
    expect(api.uploads[0]!.options.signal?.aborted).toBe(true);
    expect(states().map(([, state]) => state)).toEqual(['stopped', 'uploading', 'uploading']);
    await api.uploads[1]!.accept();
    jobs.retry(idOf('a'));
    expect(api.uploads[3]!.options).toMatchObject({ fileName: 'a', idempotencyKey: 'key 4' });
  });

  it('ends a job on the server, and tells where that does not work', async () => {
    jobs.add([file('a')], {});
    await api.uploads[0]!.accept('j-1');
    api.refusal = new ClientError('The server can’t be reached.');
    await jobs.cancel(idOf('a'));
    expect(entry('a').problem).toBe('The server can’t be reached.');
    api.refusal = null;
    await jobs.cancel(idOf('a'));
    expect(entry('a').problem).toBeNull();
    expect(api.calls).toEqual(['cancel j-1', 'cancel j-1']);
  });
});

describe('deleting', () => {
  const done = async () => {
    jobs.add([file('a')], {});
    await api.uploads[0]!.accept('j-1');
    await api.tell(jobOf('j-1', { status: 'completed' }));
  };

  it('erases the job on the server and forgets it', async () => {
    await done();
    await jobs.remove(idOf('a'));
    expect(api.calls).toEqual(['delete j-1']);
    expect([states(), remembered()]).toEqual([[], []]);
  });

  it('keeps the file on the page where the server could not be asked', async () => {
    await done();
    api.refusal = new ClientError('The server can’t be reached.');
    await jobs.remove(idOf('a'));
    expect(entry('a').problem).toBe('The server can’t be reached.');
    expect(remembered()).toEqual(['j-1']);
  });

  it('is done where the server has forgotten the job already', async () => {
    await done();
    api.refusal = new ApiError(404, 'job_not_found', 'There is no such job.');
    await jobs.remove(idOf('a'));
    expect([states(), remembered()]).toEqual([[], []]);
  });
});

describe('a page that is loaded again', () => {
  beforeEach(async () => {
    jobs.add([file('a'), file('b')], {});
    await api.uploads[0]!.accept('j-1');
    await api.uploads[1]!.accept('j-2');
    jobs = newPage();
  });

  it('shows its jobs, newest first, and asks how they are', async () => {
    jobs.restore();
    jobs.restore();
    expect(states()).toEqual([
      ['b', 'asking'],
      ['a', 'asking'],
    ]);
    await api.tell(jobOf('j-1', { status: 'completed' }));
    expect(states()).toEqual([
      ['b', 'asking'],
      ['a', 'completed'],
    ]);
    expect(jobs.news.value).toBe('');
  });

  it('says of a job that the server has forgotten that it has, and lets go of it without asking', async () => {
    jobs.restore();
    await api.lose('j-1', new ApiError(404, 'job_not_found', 'There is no such job.'));
    expect(states()[1]).toEqual(['a', 'expired']);
    await jobs.remove(idOf('a'));
    expect(api.calls).toEqual([]);
    expect(remembered()).toEqual(['j-2']);
  });

  it('asks again where the server could not be reached', async () => {
    jobs.restore();
    await api.lose('j-1', new ClientError('The server can’t be reached.'));
    expect(entry('a').state).toMatchObject({ kind: 'unreached', why: 'The server can’t be reached.' });
    jobs.retry(idOf('a'));
    await api.tell(jobOf('j-1', { status: 'completed' }));
    expect(states()[1]).toEqual(['a', 'completed']);
  });

  it('takes back the file that belongs to a job, and no other', () => {
    jobs.restore();
    jobs.attach(idOf('a'), file('a', 'a longer sound'));
    expect(entry('a')).toMatchObject({ file: null, problem: expect.stringContaining('another file') });
    const same = file('a');
    jobs.attach(idOf('a'), same);
    expect(entry('a')).toMatchObject({ file: same, problem: null });
  });
});
