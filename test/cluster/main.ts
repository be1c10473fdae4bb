import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess, say, untilSignal } from '@verbatim/kit';
import { Cluster } from './cluster.ts';
import { ClusterError } from './cluster-error.ts';
import type { Member } from './member.ts';
import { memberLines } from './member-lines.ts';
import { readOptions, USAGE } from './options.ts';
import { Restarts } from './restarts.ts';
import { StateFile } from './state-file.ts';

/** The repository: this file runs as test/dist/cluster/main.js. */
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The shell's exit code for a program that Ctrl-C ended, here before it was up. */
const INTERRUPTED = 130;

/** Runs a cluster until a signal ends it; returns the exit code. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const starting = new AbortController();
  const signal = untilSignal();
  void signal.then(() => starting.abort(new ClusterError('The start was interrupted.')));
  const file = StateFile.claim(path.join(root, '.verbatim', 'cluster.json'));
  try {
    return await run(options, file, starting.signal, signal);
  } finally {
    file.remove();
  }
}

async function run(
  options: ReturnType<typeof readOptions>,
  file: StateFile,
  starting: AbortSignal,
  signal: Promise<unknown>,
): Promise<number> {
  const format = memberLines(process.stdout.isTTY && process.env.NO_COLOR === undefined);
  const { ingresses, transcribers, media } = options;
  let restarts: Restarts | null = null;
  const cluster = await Cluster.start({
    ingresses,
    transcribers,
    media,
    signal: starting,
    onLine: (name, line) => {
      const text = format(name, line);
      if (text !== null) say(text);
    },
    onChange: (members) => {
      file.write(members);
      restarts?.look(members);
    },
  }).catch((error: unknown) => {
    if (starting.aborted) return null;
    throw error;
  });
  if (cluster === null) return INTERRUPTED;
  await using _ = cluster;
  restarts = new Restarts({ cluster, restart: options.restart, say });
  restarts.look(cluster.members);
  announce(cluster);
  // Nothing else keeps this process when all members are dead.
  const alive = setInterval(() => {}, 2 ** 30);
  await signal;
  clearInterval(alive);
  say('Stopping…');
  restarts.end();
  return 0;
}

function announce(cluster: Cluster): void {
  const [ingress] = cluster.ingresses;
  const [transcriber] = cluster.transcribers;
  say('');
  for (const { name, addresses } of cluster.ingresses) {
    const { http, ws, grpc } = addresses;
    say(`  ${name.padEnd(10)}  Page ${http}/  WebSocket ${ws}  gRPC ${grpc}  REST ${http}/docs`);
  }
  say('');
  say('Try, in another terminal:');
  say(`  npm run transcribe -- --pace --server ${ingress!.addresses.ws} test/fixtures/speech/jfk.wav`);
  say(`  kill -9 ${transcriber!.pid}    # ends ${transcriber!.name} in the midst of a word; the text will be the same`);
  say('');
  say(`Ready: ${members(cluster)}. Who and where they are: .verbatim/cluster.json. Ctrl-C ends them all.`);
}

const members = ({ members }: { readonly members: readonly Member[] }): string =>
  members.map(({ name }) => name).join(', ');

runProcess(main, [ClusterError]);
