import type { ClientEvent, SessionRequest } from '@verbatim/contracts';

/** One session, wherever it is recognised. */
export interface Recognition {
  /** `opened` first, `closed` last; each final exactly once, in order. For one reader. Throws what cut the session off. */
  events(): AsyncIterable<ClientEvent>;
  /** Takes audio in the requested format, cut anywhere. Resolves when more may come. */
  write(bytes: Uint8Array): Promise<void>;
  /** No more audio: the last finals and `closed` follow. */
  end(): void;
  /** Gives the session up, text and all; does nothing to one that is closed. */
  abandon(): Promise<void>;
}

/** Something that recognises speech: an engine in this process, or a server. */
export interface Backend extends AsyncDisposable {
  /** @throws an error with a sentence when no session can be had. */
  open(request: SessionRequest): Promise<Recognition>;
  /** The model that a session gets which asks for `requested`; null if that can't be found out. */
  model(requested: string | undefined): Promise<string | null>;
}
