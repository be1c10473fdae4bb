import { unreachable } from '../unreachable.ts';
import { type Answer, send } from './answer.ts';

export interface UploadOptions {
  /** Of the request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((sentBytes: number, totalBytes: number) => void) | undefined;
}

/**
 * Posts a form. Browsers tell of its progress only by the older of their two ways to send it.
 * @throws ClientError when the server can't be reached; the signal's reason when it aborts.
 */
export const upload = (url: URL, form: FormData, options: UploadOptions): Promise<Answer> =>
  typeof XMLHttpRequest === 'undefined' ? uploadByFetch(url, form, options) : uploadByXhr(url, form, options);

const uploadByFetch = (url: URL, form: FormData, { headers = {}, signal }: UploadOptions): Promise<Answer> =>
  send(url, { method: 'POST', headers, body: form, signal: signal ?? null });

const uploadByXhr = (url: URL, form: FormData, { headers = {}, signal, onProgress }: UploadOptions): Promise<Answer> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal?.addEventListener('abort', abort);
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress?.(loaded, total));
    request.addEventListener('load', () =>
      resolve({
        url,
        status: request.status,
        text: request.responseText,
        retryAfter: request.getResponseHeader('retry-after'),
      }),
    );
    request.addEventListener('error', () => reject(unreachable(url, 'the upload was cut off')));
    request.addEventListener('abort', () => reject(signal?.reason));
    request.addEventListener('loadend', () => signal?.removeEventListener('abort', abort));
    request.open('POST', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(form);
  });
