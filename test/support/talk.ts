import { setTimeout as sleep } from 'node:timers/promises';
import { bytesOf } from './clips.ts';
import { GrpcStream } from './grpc-client.ts';

const CHUNK_BYTES = 3_200;
const CHUNK_MS = 100;

/** Sends audio as a microphone would: 100 ms at a time, each when it was said. */
export async function speakInto(call: GrpcStream, pcm16: Int16Array): Promise<void> {
  const bytes = bytesOf(pcm16);
  const began = performance.now();
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    await sleep(Math.max(0, began + (at / CHUNK_BYTES) * CHUNK_MS - performance.now()));
    await call.send({ audio: { data: bytes.subarray(at, at + CHUNK_BYTES) } });
  }
}

/** A whole session at the pace of speech; returns its text. */
export async function talk(
  address: string,
  pcm16: Int16Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  await using call = new GrpcStream(address, {}, headers);
  await speakInto(call, pcm16);
  call.end();
  await call.status;
  return call.text;
}
