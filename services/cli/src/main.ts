import { constants } from 'node:os';
import { untilSignal } from '@verbatim/kit';
import { Interrupted } from './cli-error.ts';
import { Output } from './output.ts';
import { runCli } from './program.ts';

const stop = new AbortController();
let listening = false;

/** The command that serves handles signals in its own way, so nobody listens before a command asks. */
const interruption = (): AbortSignal => {
  if (!listening) void untilSignal().then((signal) => stop.abort(new Interrupted(signal, constants.signals[signal])));
  listening = true;
  return stop.signal;
};

// The product's timers keep no process alive; this one does until the command has ended.
setInterval(() => {}, 2 ** 30);
// Nobody reads what is said to people: no reason to end.
process.stderr.on('error', () => {});

process.exit(
  await runCli(process.argv.slice(2), {
    stdout: new Output(process.stdout, (reason) => stop.abort(reason)),
    terminal: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    interruption,
  }),
);
