// The parts that we use of make-fetch-happen, which ships no types.
declare module 'make-fetch-happen' {
  interface Response {
    readonly status: number;
    readonly url: string;
    readonly headers: { get(name: string): string | null };
    /** A minipass stream. */
    readonly body: AsyncIterable<Buffer> & { resume(): void; destroy(): void };
  }
  export default function fetch(url: string, options: object): Promise<Response>;
}
