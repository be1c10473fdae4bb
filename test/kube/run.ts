import { spawn } from 'node:child_process';

/** A program that ended with another exit code than 0; the message holds what it said last. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export interface RunOptions {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What the program reads. */
  readonly input?: string | undefined;
  /** Kills the program after this. Default: ten minutes. */
  readonly timeoutMs?: number;
}

const MOST_SHOWN = 4_000;
const TIMEOUT_MS = 600_000;

/**
 * Runs a program to its end and gives its standard output.
 * @throws CommandError with what it said when it fails.
 */
export const run = async (
  command: string,
  args: readonly string[],
  { env = {}, cwd, input, timeoutMs = TIMEOUT_MS }: RunOptions = {},
): Promise<string> => {
  const { code, stdout, stderr } = await runAnyhow(command, args, { env, input, timeoutMs, ...(cwd && { cwd }) });
  if (code === 0) return stdout;
  const said = `${stdout}${stderr}`.trim().slice(-MOST_SHOWN);
  throw new CommandError(`${command} ${args.slice(0, 6).join(' ')} ended with ${code}:\n${said}`);
};

/** Runs a program to its end, whatever its exit code; null for one that a signal ended. */
export const runAnyhow = (
  command: string,
  args: readonly string[],
  { env = {}, cwd, input, timeoutMs = TIMEOUT_MS }: RunOptions = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      stdio: 'pipe',
      ...(cwd !== undefined && { cwd }),
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...said }));
    // A program that does not read its input closes it early.
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });
