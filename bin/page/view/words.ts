/** Figures as people write them. */
import { formatTime } from '../../../sim/time.ts';

/** `16,685`. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 step`, `16,685 steps`. */
export function counted(n: number, what: string): string {
  return `${count(n)} ${what}${n === 1 ? '' : 's'}`;
}

/** Seconds with six digits after the point, without the unit. */
export function clock(timeUs: number): string {
  return formatTime(timeUs).replace(' s', '');
}

/** At most so many characters; what was cut ends in `…`. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : length < 2 ? '' : `${text.slice(0, length - 1)}…`;
}
