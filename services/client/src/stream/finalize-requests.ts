interface Request {
  /** The caller's name for it. */
  readonly requestId: string;
  /** Position in the audio, in bytes: it asks for the text of what lies before. */
  readonly position: number;
  /** Its names on the wire, one for each time that it was sent. */
  readonly wireIds: string[];
  isSent: boolean;
}

/**
 * Requests for the text so far that are not answered yet, each at its place in the audio. A new connection asks for them
 * again, under new names, as the server refuses one that it is still answering; the first answer counts.
 */
export class FinalizeRequests {
  #waiting: Request[] = [];
  #sent = 0;

  add(requestId: string, position: number): void {
    this.#waiting.push({ requestId, position, wireIds: [], isSent: false });
  }

  /** Position of the next request to send; null if there is none. */
  get nextPosition(): number | null {
    return this.#next?.position ?? null;
  }

  /** The next request is sent. @returns its name on the wire */
  send(): string {
    const request = this.#next!;
    const wireId = `f${++this.#sent}`;
    request.wireIds.push(wireId);
    request.isSent = true;
    return wireId;
  }

  /** The server answered. @returns the caller's name; null for a request that was answered before. */
  answer(wireId: string): string | null {
    const request = this.#waiting.find(({ wireIds }) => wireIds.includes(wireId));
    if (request === undefined) return null;
    this.#waiting = this.#waiting.filter((one) => one !== request);
    return request.requestId;
  }

  /** All text is out. @returns the callers' names of all that wait, which are answered by that. */
  answerAll(): string[] {
    const requestIds = this.#waiting.map(({ requestId }) => requestId);
    this.#waiting = [];
    return requestIds;
  }

  /** The connection is lost: whatever waits is to be sent again. */
  forgetSent(): void {
    for (const request of this.#waiting) request.isSent = false;
  }

  get #next(): Request | undefined {
    return this.#waiting.find(({ isSent }) => !isSent);
  }
}
