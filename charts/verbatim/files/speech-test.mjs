import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

// Speaks a recording of 16 kHz through the WebSocket door at the pace of a microphone, and compares the words.
// node speech-test.mjs ws://HOST:PORT/v1/stt/stream FILE.wav

const SAID = 'produced the block books which were the immediate predecessors of the true printed book';
/** Words that may be heard otherwise: models differ, in "block books" for example. */
const MOST_WRONG = 3;
const CHUNK_BYTES = 3_200;
const CHUNK_MS = 100;
const WAV_HEADER_BYTES = 44;
const DEADLINE_MS = 60_000;

const [address, file] = process.argv.slice(2);
const audio = readFileSync(file).subarray(WAV_HEADER_BYTES);
const wordsOf = (text) => text.toLowerCase().match(/[a-z']+/g) ?? [];

/** Words that are missing, added or different (Levenshtein). */
const distance = (said, heard) => {
  let row = heard.map((_, index) => index + 1);
  for (const [index, word] of said.entries()) {
    let before = index;
    let left = index + 1;
    row = heard.map((other, column) => {
      const above = row[column];
      left = Math.min(above + 1, left + 1, before + (word === other ? 0 : 1));
      before = above;
      return left;
    });
  }
  return row.at(-1) ?? said.length;
};

const fail = (sentence) => {
  console.error(sentence);
  process.exit(1);
};

setTimeout(fail, DEADLINE_MS, `No end of the session within ${DEADLINE_MS / 1000} s.`).unref();
const socket = new WebSocket(address);
const finals = [];
let spokenAt = 0;

socket.addEventListener('error', (event) => fail(`${address}: ${event.message || 'no connection'}`));
socket.addEventListener('close', ({ code, reason }) => {
  if (code !== 1000) fail(`The connection was closed: ${code} ${reason}`);
  const wrong = distance(wordsOf(SAID), wordsOf(finals.join(' ')));
  if (wrong > MOST_WRONG) fail(`${wrong} of ${wordsOf(SAID).length} words are wrong; said was: ${SAID}`);
  console.log(`${wordsOf(SAID).length - wrong} of ${wordsOf(SAID).length} words are right.`);
  process.exit(0);
});
socket.addEventListener('message', ({ data }) => {
  const message = JSON.parse(data);
  if (message.type === 'error') fail(`${message.code}: ${message.message}`);
  if (message.type !== 'final') return;
  finals.push(message.text);
  console.log(`final ${Math.round(performance.now() - spokenAt)} ms after the last audio: ${message.text}`);
});
socket.addEventListener('open', async () => {
  for (let at = 0; at < audio.length; at += CHUNK_BYTES) {
    socket.send(audio.subarray(at, at + CHUNK_BYTES));
    await sleep(CHUNK_MS);
  }
  spokenAt = performance.now();
  socket.send(JSON.stringify({ type: 'end' }));
});
