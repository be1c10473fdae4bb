import type { SttError } from '@verbatim/contracts';
import protobuf from 'protobufjs';

/**
 * The few messages of google.rpc that error details need, with the field numbers of google/rpc/status.proto and
 * google/rpc/error_details.proto (github.com/googleapis/googleapis).
 */
const root = protobuf.parse(`
  syntax = "proto3";
  package google.rpc;
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message RetryInfo { Duration retry_delay = 1; }
  message BadRequest {
    message FieldViolation { string field = 1; string description = 2; }
    repeated FieldViolation field_violations = 1;
  }
`).root;

const encode = (type: string, value: object): Uint8Array => {
  const message = root.lookupType(`google.rpc.${type}`);
  return message.encode(message.fromObject(value)).finish();
};

const any = (type: string, value: object) => ({
  typeUrl: `type.googleapis.com/google.rpc.${type}`,
  value: encode(type, value),
});

/** The metadata key under which gRPC libraries look for a serialised google.rpc.Status. */
export const DETAILS_KEY = 'grpc-status-details-bin';

/** google.rpc.Status with ErrorInfo always, BadRequest where a field is at fault, RetryInfo where a retry helps. */
export const encodeErrorDetails = (error: SttError, status: number): Buffer => {
  const details = [any('ErrorInfo', { reason: error.code.toUpperCase(), domain: 'verbatim' })];
  if (error.field !== undefined) {
    details.push(any('BadRequest', { fieldViolations: [{ field: error.field, description: error.message }] }));
  }
  if (error.retryAfterMs !== undefined) {
    const seconds = Math.floor(error.retryAfterMs / 1000);
    const nanos = Math.round((error.retryAfterMs % 1000) * 1e6);
    details.push(any('RetryInfo', { retryDelay: { seconds, nanos } }));
  }
  return Buffer.from(encode('Status', { code: status, message: error.message, details }));
};
