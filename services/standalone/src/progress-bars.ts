import { Presets, SingleBar } from 'cli-progress';

interface Progress {
  readonly receivedBytes: number;
  readonly totalBytes: number | undefined;
}

/** The two things of getting a model ready that take long; each bar is drawn once there is something to show. */
export interface ModelBars {
  /** How far the download of all files together is; `totalBytes` where it is known. */
  readonly fetched: (progress: Progress) => void;
  /** How far the engine's graphs are built, in steps. */
  readonly built: (done: number, total: number) => void;
  /** Ends whichever is drawn, so that a sentence can be written. */
  readonly stop: () => void;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** Progress bars, one after the other: drawn in place on a terminal, a few lines elsewhere. */
export function modelBars(to: NodeJS.WriteStream, model: string): ModelBars {
  const fetching = bar(to, `Fetching ${model} [{bar}] {percentage}% {mbReceived} of {mbTotal} MB`);
  const building = bar(to, `Building ${model} [{bar}] {percentage}%`);
  return {
    fetched({ receivedBytes, totalBytes = 0 }) {
      fetching.show(receivedBytes, totalBytes, {
        mbReceived: megabytes(receivedBytes),
        mbTotal: megabytes(totalBytes),
      });
    },
    built(done, total) {
      fetching.stop();
      building.show(done, total, {});
    },
    stop() {
      fetching.stop();
      building.stop();
    },
  };
}

interface Bar {
  readonly show: (done: number, total: number, values: object) => void;
  readonly stop: () => void;
}

function bar(to: NodeJS.WriteStream, format: string): Bar {
  let drawn: SingleBar | undefined;
  return {
    show(done, total, values) {
      if (drawn === undefined) {
        drawn = new SingleBar(
          { format, stream: to, hideCursor: true, noTTYOutput: true, notTTYSchedule: 2_000 },
          Presets.shades_classic,
        );
        drawn.start(total, done, values);
      }
      if (total > 0) drawn.setTotal(total);
      drawn.update(done, values);
    },
    stop() {
      drawn?.stop();
      drawn = undefined;
    },
  };
}
