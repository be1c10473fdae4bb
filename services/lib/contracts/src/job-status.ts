export const JOB_STATUSES = ['queued', 'processing', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** Whether a job in this state changes no more. */
export const isFinished = (status: JobStatus): boolean => status !== 'queued' && status !== 'processing';
