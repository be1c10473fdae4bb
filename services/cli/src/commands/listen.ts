import { type SessionRequest, secondsFromSamples } from '@verbatim/contracts';
import { type Command, Option } from 'commander';
import { recordMicrophone } from '../audio/microphone.ts';
import { chooseRecorder, MICROPHONE, onPath } from '../audio/recorder.ts';
import { openBackend } from '../backend/open-backend.ts';
import { recognize } from '../backend/recognize.ts';
import { EXIT, ReaderGone } from '../cli-error.ts';
import type { Io } from '../io.ts';
import { LiveLine } from '../screen/live-line.ts';
import { requestOf, type SpeechOptions, speechOptions } from './options.ts';
import { terminalOf } from './transcribe.ts';

interface ListenOptions extends SpeechOptions {
  readonly device?: string;
}

const HELP = `
Each utterance is written to standard output, a line each, when it is final; what is being said is shown on the terminal.
The first Ctrl-C ends the recording: the last words still come, and the exit code is 0. A second one ends at once (130).
The microphone is read through arecord (Linux) or ffmpeg.`;

/** Adds `listen`. */
export function addListen(program: Command, io: Io, finish: (exitCode: number) => void): void {
  const command = program
    .command('listen')
    .description('Write down what is said into the microphone')
    .addOption(new Option('--device <name>', "the microphone, as the recorder names it (default: the system's)"))
    .addHelpText('after', HELP)
    .action(async (options: ListenOptions) => finish(await listen(options, io)));
  for (const option of speechOptions("the engine's, 500")) command.addOption(option);
}

async function listen(options: ListenOptions, io: Io): Promise<number> {
  const recorder = chooseRecorder(process.platform, onPath(io.env, process.platform), options.device);
  const stop = io.interruption();
  await using backend = await openBackend(io, options);
  const recognition = await backend.open({ ...FORMAT, ...requestOf(options) });
  const line = new LiveLine(terminalOf(io));
  const say = (sentence: string) => {
    line.erase();
    io.stderr.write(`${sentence}\n`);
  };
  say(`Listening through ${recorder.command}. Ctrl-C ends it.`);
  // A Ctrl-C ends only the audio; the text of what was said is still to come. Without a reader there is none to wait for.
  const readerGone = new AbortController();
  stop.addEventListener('abort', () => {
    if (stop.reason instanceof ReaderGone) readerGone.abort(stop.reason);
  });
  try {
    for await (const event of recognize(recognition, recordMicrophone(recorder, stop), readerGone.signal)) {
      if (event.type === 'partial') line.show(event);
      if (event.type === 'final' || event.type === 'suppressed') line.erase();
      if (event.type === 'final') await io.stdout.write(`${event.text.trim()}\n`);
      if (event.type === 'error') say(event.message);
      if (event.type === 'gap') say(`${secondsFromSamples(event.to - event.from).toFixed(1)} s of audio were lost.`);
    }
  } finally {
    line.erase();
  }
  return EXIT.ok;
}

const FORMAT: SessionRequest = {
  encoding: MICROPHONE.encoding,
  sample_rate_hertz: MICROPHONE.sampleRateHertz,
  channel_count: MICROPHONE.channelCount,
};
