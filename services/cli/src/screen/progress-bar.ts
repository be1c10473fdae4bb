import { Presets, SingleBar } from 'cli-progress';

/** Shows how much of a recording is done. */
export interface ProgressBar {
  /** Seconds of audio that are decoded. */
  update(seconds: number): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere, or where the length is not known, nothing is drawn. */
export function progressBar(to: NodeJS.WriteStream, title: string, totalSeconds: number | undefined): ProgressBar {
  if (!to.isTTY || totalSeconds === undefined || totalSeconds <= 0) return { update() {}, stop() {} };
  const format = `${title.replaceAll('{', '(')} [{bar}] {percentage}% {done} of {whole}`;
  const whole = minutes(totalSeconds);
  const bar = new SingleBar({ format, stream: to, hideCursor: true, clearOnComplete: true }, Presets.shades_classic);
  bar.start(totalSeconds, 0, { done: minutes(0), whole });
  return {
    update: (seconds) => bar.update(Math.min(seconds, totalSeconds), { done: minutes(seconds), whole }),
    stop: () => bar.stop(),
  };
}

const minutes = (seconds: number): string => {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
};
