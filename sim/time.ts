/** Simulated time: an integer number of microseconds since the start of the run. */
export type Micros = number;

export const us = (n: number): Micros => n;
export const ms = (n: number): Micros => n * 1_000;
export const seconds = (n: number): Micros => n * 1_000_000;

/** `12.345678 s`, always six digits after the point, so that columns of times line up. */
export function formatTime(timeUs: Micros): string {
  const sign = timeUs < 0 ? '-' : '';
  const absolute = Math.abs(timeUs);
  const whole = Math.floor(absolute / 1_000_000);
  const rest = String(absolute % 1_000_000).padStart(6, '0');
  return `${sign}${whole}.${rest} s`;
}
