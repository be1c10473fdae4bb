import { type ChildProcess, spawn } from 'node:child_process';

// Reads "+pid" and "-pid" until its input ends, which it also does when the process at the other end is killed.
const SCRIPT = `
pids=
while read -r line; do
  left=
  for pid in $pids; do [ "$pid" = "\${line#?}" ] || left="$left $pid"; done
  case $line in +*) left="$left \${line#?}";; esac
  pids=$left
done
[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
`;

/**
 * Kills the processes in its care when this process is gone, however it went: members are in process groups of their
 * own, so that Ctrl-C reaches them in order, and nothing else would end them after a crash.
 */
export class Guard {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    // A guard that is gone guards nothing; the members themselves are not affected.
    this.#child.on('error', () => {});
    this.#child.stdin!.on('error', () => {});
    this.#child.unref();
  }

  watch(pid: number): void {
    this.#child.stdin!.write(`+${pid}\n`);
  }

  forget(pid: number): void {
    this.#child.stdin!.write(`-${pid}\n`);
  }

  /** Ends the guard; what is still in its care is killed. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.ref();
    this.#child.stdin!.end();
    await ended;
  }
}
