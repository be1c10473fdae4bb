import { Presets, SingleBar } from 'cli-progress';

/** How far a download is; `totalBytes` where it is known. */
interface Progress {
  readonly receivedBytes: number;
  readonly totalBytes: number | undefined;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** A progress bar for a download: drawn in place on a terminal, a few lines elsewhere, nothing without a download. */
export function downloadBar(
  to: NodeJS.WriteStream,
  title: string,
): { readonly update: (progress: Progress) => void; readonly stop: () => void } {
  let bar: SingleBar | undefined;
  return {
    update({ receivedBytes, totalBytes = 0 }) {
      if (bar === undefined) {
        const format = `${title} [{bar}] {percentage}% {mbReceived} of {mbTotal} MB`;
        bar = new SingleBar(
          { format, stream: to, hideCursor: true, noTTYOutput: true, notTTYSchedule: 2_000 },
          Presets.shades_classic,
        );
        bar.start(totalBytes, receivedBytes, { mbReceived: megabytes(receivedBytes), mbTotal: megabytes(totalBytes) });
      }
      if (totalBytes > 0) bar.setTotal(totalBytes);
      bar.update(receivedBytes, { mbReceived: megabytes(receivedBytes), mbTotal: megabytes(totalBytes) });
    },
    stop() {
      bar?.stop();
      bar = undefined;
    },
  };
}
