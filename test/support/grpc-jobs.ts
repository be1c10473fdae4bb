import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const protoDir = fileURLToPath(new URL('../../proto', import.meta.url));

/** A job's messages as proto-loader gives them, as far as tests read them. */
export interface GrpcJob {
  readonly jobId: string;
  readonly status: string;
  readonly progress: number;
  readonly fileName: string;
}

interface Segment {
  readonly text: string;
  readonly channel: string;
}

interface Answers {
  readonly GetJob: { readonly job: GrpcJob; readonly result: { text: string; segments: Segment[] } | null };
  readonly ListJobs: { readonly jobs: readonly GrpcJob[] };
  readonly DeleteJob: object;
}

interface Watched {
  readonly job: GrpcJob;
  readonly segments: readonly Segment[];
}

type Done<A> = (error: grpc.ServiceError | null, answer?: A) => void;
type Client = grpc.Client & {
  readonly [call in keyof Answers]: (request: object, done: Done<Answers[call]>) => void;
} & {
  CreateJob(done: Done<{ readonly job: GrpcJob }>): grpc.ClientWritableStream<object>;
  WatchJob(request: object): grpc.ClientReadableStream<Watched>;
};

const PIECE_BYTES = 64 * 1024;

/** The calls of a program that sends files over gRPC. */
export class JobCalls implements Disposable {
  readonly #client: Client;

  constructor(address: string) {
    const options = { longs: String, enums: String, defaults: true, oneofs: true, includeDirs: [protoDir] };
    const definition = grpc.loadPackageDefinition(loadSync('verbatim/stt/v1/jobs.proto', options));
    const { JobService } = (definition as unknown as { verbatim: { stt: { v1: Record<'JobService', ServiceOf> } } })
      .verbatim.stt.v1;
    this.#client = new JobService(address, grpc.credentials.createInsecure());
  }

  /** Sends the file in pieces; `cancelAfter` bytes the call is cancelled. Rejects with the call's status. */
  create(config: object, file: Buffer, cancelAfter = Number.POSITIVE_INFINITY): Promise<GrpcJob> {
    return new Promise((resolve, reject) => {
      const call = this.#client.CreateJob((error, answer) => (error ? reject(error) : resolve(answer!.job)));
      call.write({ config });
      for (let at = 0; at < file.length; at += PIECE_BYTES) {
        if (at >= cancelAfter) return call.cancel();
        call.write({ data: file.subarray(at, at + PIECE_BYTES) });
      }
      call.end();
    });
  }

  call<C extends keyof Answers>(name: C, request: object): Promise<Answers[C]> {
    return new Promise((resolve, reject) => {
      this.#client[name](request, (error, answer) => (error ? reject(error) : resolve(answer as Answers[C])));
    });
  }

  /** Everything that is said of the job until it is finished. */
  async watch(jobId: string): Promise<Watched[]> {
    const messages: Watched[] = [];
    for await (const message of this.#client.WatchJob({ jobId })) messages.push(message);
    return messages;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

type ServiceOf = new (address: string, credentials: grpc.ChannelCredentials) => Client;
