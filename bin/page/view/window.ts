/** The part of the run that the timeline shows, and how it is enlarged, moved and kept where the reader is. */

export interface TimeWindow {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Nothing is to be seen in less. */
const SHORTEST_US = 2_000;

export function whole(endUs: number): TimeWindow {
  return { fromUs: 0, toUs: Math.max(1, endUs) };
}

/** Enlarged by `factor` (below 1: made smaller) around a time that stays where it is. */
export function zoomed({ fromUs, toUs }: TimeWindow, aroundUs: number, factor: number, endUs: number): TimeWindow {
  const widthUs = Math.min(Math.max(endUs, 1), Math.max(Math.min(SHORTEST_US, endUs), (toUs - fromUs) / factor));
  const share = (aroundUs - fromUs) / (toUs - fromUs);
  return placed(aroundUs - share * widthUs, widthUs, endUs);
}

export function moved({ fromUs, toUs }: TimeWindow, byUs: number, endUs: number): TimeWindow {
  return placed(fromUs + byUs, toUs - fromUs, endUs);
}

/** The same window, or one as wide around the time when that lies outside. */
export function keeping(window: TimeWindow, timeUs: number, endUs: number): TimeWindow {
  if (timeUs >= window.fromUs && timeUs <= window.toUs) return window;
  const widthUs = window.toUs - window.fromUs;
  return placed(timeUs - widthUs / 2, widthUs, endUs);
}

function placed(fromUs: number, widthUs: number, endUs: number): TimeWindow {
  const from = Math.max(0, Math.min(fromUs, Math.max(endUs, 1) - widthUs));
  return { fromUs: from, toUs: from + widthUs };
}

/** Times for the marks of an axis: round ones, about so many. */
export function ticks({ fromUs, toUs }: TimeWindow, about: number): readonly number[] {
  const roughly = (toUs - fromUs) / Math.max(1, about);
  const decade = STEPS.find((step) => step >= roughly) ?? Infinity;
  const marks: number[] = [];
  for (let at = Math.ceil(fromUs / decade) * decade; at <= toUs; at += decade) marks.push(at);
  return marks;
}

const STEPS: readonly number[] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000].flatMap((power) => [
  power,
  2 * power,
  5 * power,
]);
