/** How the connection to a server that a process depends on is, such as NATS or Redis. */
export interface LinkState {
  /** `connecting` until the first success, `away` when it was there and is not now. */
  readonly status: 'connecting' | 'connected' | 'away';
  /** A few words for people: "connected", or what is wrong and what to do about it. */
  readonly detail: string;
}
