import { SttError } from '@verbatim/contracts';

/** The error of opening a job whose id another one has. Ids are made by the server, so no client is to blame. */
export const jobInUse = (jobId: string): SttError =>
  new SttError('internal', `The job id "${jobId}" is in use; make a new one for each job.`);
