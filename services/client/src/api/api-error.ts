import { object, string } from '../shape.ts';

/** The server refused; `message` is its sentence for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The HTTP status. */
  readonly status: number;
  /** Stable, such as "job_not_found"; "http_502" where whoever answered gave no code. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** What the body of a failed answer says: problem details (RFC 9457), or, where it is none, nothing beyond the status. */
  static fromBody(status: number, body: string): ApiError {
    try {
      const { code, detail } = problem(JSON.parse(body));
      return new ApiError(status, code, detail);
    } catch {
      return new ApiError(status, `http_${status}`, `The server answered with status ${status}.`);
    }
  }
}

const problem = object({ code: string, detail: string });
