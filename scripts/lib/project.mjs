import { spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A path below the repository's root. */
export const at = (...parts) => join(root, ...parts);

/** A problem that the user can read in one sentence; needs no stack. */
export class Problem extends Error {}

const SIGNALS = ['SIGINT', 'SIGTERM'];

/**
 * Runs a program to its end and gives its exit code and, unless its output is shown as it comes, that output. A signal
 * that reaches this process is passed on, and ends this process in the same way once the program has ended. The program
 * is stopped as soon as `giveUp` finds its output so far hopeless.
 */
export const run = (command, args, { show = false, env = {}, giveUp = () => false } = {}) =>
  new Promise((settle, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    let output = '';
    const collect = (text) => {
      output += text;
      if (giveUp(output)) child.kill();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    let stoppedBy;
    const pass = (signal) => {
      stoppedBy = signal;
      child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, pass);
    const release = () => {
      for (const signal of SIGNALS) process.off(signal, pass);
    };
    child.once('error', (error) => {
      release();
      reject(new Problem(`${command} can't be started: ${error.message}`));
    });
    child.once('close', (code) => {
      release();
      if (stoppedBy) process.kill(process.pid, stoppedBy);
      else settle({ code: code ?? 1, output });
    });
  });

/** Runs one of the installed tools with this Node. */
export const runTool = (path, args, options) => run(process.execPath, [at('node_modules', path), ...args], options);

/** Runs a script's main function; a problem ends it with one sentence and exit code 1. */
export const script = async (main) => {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
};
