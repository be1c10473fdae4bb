import { object, string } from '../shape.ts';

/** The server refused; `message` is its sentence for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The HTTP status. */
  readonly status: number;
  /** Stable, such as "job_not_found"; "http_502" where whoever answered gave no code. */
  readonly code: string;
  /** When to come back, in milliseconds from now; undefined where the server does not say. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  /**
   * What the body of a failed answer says: problem details (RFC 9457), or, where it is none, nothing beyond the status.
   * @param retryAfter the header of that name; as a date it is left out, as nobody knows how the clocks differ
   */
  static fromBody(status: number, body: string, retryAfter?: string | null): ApiError {
    const retryAfterMs = /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : undefined;
    try {
      const { code, detail } = problem(JSON.parse(body));
      return new ApiError(status, code, detail, retryAfterMs);
    } catch {
      return new ApiError(status, `http_${status}`, `The server answered with status ${status}.`, retryAfterMs);
    }
  }
}

const problem = object({ code: string, detail: string });
