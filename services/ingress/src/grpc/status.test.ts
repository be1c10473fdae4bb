import { status } from '@grpc/grpc-js';
import { type CloseReason, ERROR_CODES, SttError } from '@verbatim/contracts';
import { describe, expect, it } from 'vitest';
import { closeError } from '../session/close-error.ts';
import { detailsOf } from '../testing/grpc-client.ts';
import { toGrpcStatus } from './status.ts';

describe('the status of a call', () => {
  it.each(ERROR_CODES)('has a place for %s, and its reason in capitals', (code) => {
    const result = toGrpcStatus(new SttError(code, 'because'));
    expect(result.code).not.toBe(status.OK);
    expect(result.details).toBe('because');
    expect(detailsOf(result)).toEqual({ ErrorInfo: { reason: code.toUpperCase(), domain: 'verbatim' } });
  });

  it('says nothing of what broke inside', () => {
    const result = toGrpcStatus(new Error('redis://user:secret@host'));
    expect(result.code).toBe(status.INTERNAL);
    expect(result.details).not.toContain('secret');
  });

  it('tells when to come back, to the millisecond', () => {
    const result = toGrpcStatus(new SttError('no_capacity', 'full', { retryAfterMs: 1_250 }));
    expect(detailsOf(result).RetryInfo).toEqual({ retryDelay: { seconds: '1', nanos: 250_000_000 } });
  });

  it.each<[CloseReason, status | null]>([
    ['end_of_audio', null],
    ['resume_window_expired', null],
    ['idle', status.DEADLINE_EXCEEDED],
    ['limit', status.OUT_OF_RANGE],
    ['erased', status.NOT_FOUND],
    ['failed', status.INTERNAL],
    ['server_shutdown', status.UNAVAILABLE],
  ])('after a session that closed for %s is %s', (reason, expected) => {
    const error = closeError(reason);
    expect(error === null ? null : toGrpcStatus(error).code).toBe(expected);
  });
});
