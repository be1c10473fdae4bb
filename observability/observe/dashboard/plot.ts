import { type Html, html, jsonScript } from '../html.ts';
import { clockTime, timeTicks } from './scale.ts';
import { share, type Window } from './window.ts';

/**
 * Pictures are stretched to the size of their panel, which only the browser knows: lines are in SVG, in a square of this size, and
 * text is beside it in HTML, so that it is not stretched.
 */
export const SIZE = 1000;

/** A height or width in that square, from its share. */
export const inSquare = (part: number): number => Math.round(part * SIZE * 10) / 10;

export interface Tick {
  /** 0 to 1, from the bottom or the left. */
  readonly at: number;
  readonly text: string;
}

export interface PlotLegend {
  readonly name: string;
  readonly color: string;
  /** One for each step, or `''` where there is none. */
  readonly values: readonly string[];
}

export interface Plot {
  readonly window: Window;
  readonly yTicks: readonly Tick[];
  /** SVG inside the square. */
  readonly picture: Html | readonly Html[];
  /** HTML above the picture, placed by shares. */
  readonly dots: readonly Html[];
  /** What the pointer tells at each time. */
  readonly told: readonly PlotLegend[];
  readonly label: string;
}

const TIME_TICKS = 6;

/** A picture over time with its axes. */
export function drawPlot({ window, yTicks, picture, dots, told, label }: Plot): Html {
  const visible = yTicks.filter(({ at }) => at >= -0.001 && at <= 1.001);
  const longest = visible.reduce((most, { text }) => (text.length > most.length ? text : most), '');
  const times = timeTicks(window.fromMs, window.toMs, TIME_TICKS).map((ms) => ({
    at: share(window, ms),
    text: clockTime(ms),
  }));
  return html`<div class="plot">
<div class="y-axis" aria-hidden="true"><span class="longest">${longest}</span>${visible.map(
    ({ at, text }) => html`<span style="bottom:${percent(at)}">${text}</span>`,
  )}</div>
<div class="area" data-from="${window.fromMs}" data-step="${window.stepMs}" data-to="${window.toMs}">
<svg viewBox="0 0 ${SIZE} ${SIZE}" preserveAspectRatio="none" role="img" aria-label="${label}">
<g class="grid">${visible.map(({ at }) => line(0, 1 - at, 1, 1 - at))}${times.map(({ at }) => line(at, 0, at, 1))}</g>
${picture}</svg>${dots}${jsonScript(told)}</div>
<div class="x-axis" aria-hidden="true">${times
    .filter(hasRoom)
    .map(({ at, text }) => html`<span style="left:${percent(at)}">${text}</span>`)}</div></div>`;
}

/** A label at an end would be cut. */
const hasRoom = ({ at }: Tick): boolean => at > 0.03 && at < 0.97;

const line = (x1: number, y1: number, x2: number, y2: number): Html =>
  html`<path d="M${inSquare(x1)} ${inSquare(y1)}L${inSquare(x2)} ${inSquare(y2)}"/>`;

export const percent = (part: number): string => `${Math.round(part * 10_000) / 100}%`;
