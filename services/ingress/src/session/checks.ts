import { type Samples, SttError } from '@verbatim/contracts';

const MAX_REQUEST_ID_LENGTH = 128;

/** @throws SttError `too_large` or `invalid_argument`; the session goes on without the chunk. */
export const checkChunk = (bytes: Uint8Array, firstSample: Samples | undefined, maxBytes: number): void => {
  if (bytes.length > maxBytes) {
    throw new SttError(
      'too_large',
      `An audio chunk has ${bytes.length} bytes; the limit is ${maxBytes}. Send it in smaller pieces.`,
      { field: 'audio.data', recoverable: true },
    );
  }
  if (firstSample !== undefined && !(Number.isSafeInteger(firstSample) && firstSample >= 0)) {
    throw new SttError('invalid_argument', `first_sample is ${firstSample}; it must be a whole number from 0 on.`, {
      field: 'audio.first_sample',
      recoverable: true,
    });
  }
};

/** @throws SttError `invalid_argument`; the session goes on without the request. */
export const checkRequestId = (requestId: string): void => {
  if (requestId.length <= MAX_REQUEST_ID_LENGTH) return;
  throw new SttError(
    'invalid_argument',
    `request_id has ${requestId.length} characters; the limit is ${MAX_REQUEST_ID_LENGTH}.`,
    { field: 'finalize.request_id', recoverable: true },
  );
};
