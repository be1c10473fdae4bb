import { Metadata, status } from '@grpc/grpc-js';
import { type ErrorCode, SttError } from '@verbatim/contracts';
import { DETAILS_KEY, encodeErrorDetails } from './error-details.ts';

const STATUS: Record<ErrorCode, status> = {
  invalid_argument: status.INVALID_ARGUMENT,
  failed_precondition: status.FAILED_PRECONDITION,
  unknown_model: status.NOT_FOUND,
  unknown_language: status.INVALID_ARGUMENT,
  session_not_found: status.NOT_FOUND,
  session_exists: status.ALREADY_EXISTS,
  resume_rejected: status.PERMISSION_DENIED,
  no_capacity: status.RESOURCE_EXHAUSTED,
  too_large: status.RESOURCE_EXHAUSTED,
  limit_exceeded: status.OUT_OF_RANGE,
  slow_reader: status.ABORTED,
  idle_timeout: status.DEADLINE_EXCEEDED,
  unavailable: status.UNAVAILABLE,
  internal: status.INTERNAL,
  job_not_found: status.NOT_FOUND,
  unsupported_media_type: status.INVALID_ARGUMENT,
  undecodable_audio: status.INVALID_ARGUMENT,
  audio_too_long: status.OUT_OF_RANGE,
  decoder_missing: status.UNIMPLEMENTED,
  upload_lost: status.DATA_LOSS,
  idempotency_busy: status.ABORTED,
  idempotency_mismatch: status.FAILED_PRECONDITION,
};

/** Any thrown value as the status that ends a call, with google.rpc details. */
export const toGrpcStatus = (thrown: unknown): { code: status; details: string; metadata: Metadata } => {
  const error = SttError.from(thrown);
  const code = STATUS[error.code];
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, encodeErrorDetails(error, code));
  return { code, details: error.message, metadata };
};
