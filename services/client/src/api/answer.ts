import { camelCased } from '../camel-case.ts';
import { ClientError } from '../client-error.ts';
import type { Shape } from '../shape.ts';
import { reasonOf, unreachable } from '../unreachable.ts';
import { ApiError } from './api-error.ts';

/** What a server said to a request, whatever it was sent with. */
export interface Answer {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
  /** The header Retry-After, where there is one. */
  readonly retryAfter: string | null;
}

/**
 * Sends a request and reads the whole answer.
 * @throws ClientError when the server can't be reached; the signal's reason when it aborts.
 */
export const send = async (url: URL, init: RequestInit): Promise<Answer> => {
  try {
    const response = await fetch(url, init);
    return {
      url,
      status: response.status,
      text: await response.text(),
      retryAfter: response.headers.get('retry-after'),
    };
  } catch (error) {
    throw networkError(url, init.signal, error);
  }
};

/** What made fetch or the reading of its answer fail: a TypeError of theirs is the network's. */
export const networkError = (url: URL, signal: AbortSignal | null | undefined, error: unknown): unknown => {
  if (signal?.aborted) return signal.reason;
  return error instanceof TypeError ? unreachable(url, reasonOf(error), error) : error;
};

/** The text of a good answer. @throws ApiError for a refusal. */
export const textOf = ({ status, text, retryAfter }: Answer): string => {
  if (status >= 200 && status < 300) return text;
  throw ApiError.fromBody(status, text, retryAfter);
};

/**
 * The JSON of a good answer, its fields named as TypeScript has them.
 * @throws ApiError for a refusal; ClientError for what is not of the API.
 */
export const jsonOf = <T>(shape: Shape<T>, answer: Answer): T =>
  parse(answer.url, textOf(answer), (json) => shape(camelCased(json)));

/** JSON of the API. @throws ClientError for what is not of that shape. */
export const parse = <T>(url: URL, text: string, shape: Shape<T>): T => {
  try {
    return shape(JSON.parse(text));
  } catch (error) {
    const what = `The answer of ${url.host} to ${url.pathname} is not of the Verbatim API; check the server's address.`;
    throw new ClientError(what, { cause: error });
  }
};
