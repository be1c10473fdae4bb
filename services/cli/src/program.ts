import { Command, CommanderError } from 'commander';
import { EXIT, Interrupted, ReaderGone, sentenceOf, UsageError } from './cli-error.ts';
import { addListen } from './commands/listen.ts';
import { addModels } from './commands/models.ts';
import { addServe } from './commands/serve.ts';
import { addTranscribe } from './commands/transcribe.ts';
import type { Io } from './io.ts';

/**
 * Runs one command to its end; what went wrong is told on standard error.
 * @param argv what comes after the program's name
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, io);
  }
}

function createProgram(io: Io, finish: (exitCode: number) => void): Command {
  const program = new Command('verbatim')
    .description('Speech to text while people are still speaking')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text).catch(() => {}),
      writeErr: (text) => void io.stderr.write(text),
    })
    .showHelpAfterError('(--help tells more)');
  addTranscribe(program, io, finish);
  addListen(program, io, finish);
  addModels(program, io, finish);
  addServe(program, io, finish);
  return program;
}

function explain(error: unknown, io: Io): number {
  // Commander has said what is wrong; asked for help or nothing at all, it has shown the help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof ReaderGone) return EXIT.ok;
  if (error instanceof Interrupted) return error.exitCode;
  io.stderr.write(`${sentenceOf(error)}\n`);
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}
