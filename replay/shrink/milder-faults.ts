/** Milder forms of a fault: shorter, softer, or one in place of two. */
import { ms, type Fault, type Micros } from '../../sim/index.ts';

/** Times that people read are whole milliseconds; below that there is nothing to be understood. */
const GRAIN_US = ms(1);

/** Half as long; null when that is no shorter. A fault without an end lasts until `untilUs`. */
export function shorter(fault: Fault, untilUs: Micros): Fault | null {
  if (!('for' in fault) && !lasts(fault)) return null;
  const lastsUs = lastingOf(fault, untilUs);
  const halfUs = Math.floor(lastsUs / 2 / GRAIN_US) * GRAIN_US;
  return halfUs >= GRAIN_US && halfUs < lastsUs ? ({ ...fault, for: halfUs } as Fault) : null;
}

/** Half as strong; null where there is nothing to soften. */
export function softer(fault: Fault): Fault | null {
  switch (fault.do) {
    case 'slow':
    case 'slow-disk':
      return fault.factor > 2 ? { ...fault, factor: Math.max(2, Math.round(fault.factor / 2)) } : null;
    case 'delay':
      return fault.byUs >= 2 * GRAIN_US ? { ...fault, byUs: Math.floor(fault.byUs / 2 / GRAIN_US) * GRAIN_US } : null;
    case 'lose':
    case 'duplicate':
      return fault.percent > 1 ? { ...fault, percent: Math.floor(fault.percent / 2) } : null;
    case 'step-clock':
      return Math.abs(fault.byUs) >= 2 * GRAIN_US ? { ...fault, byUs: Math.trunc(fault.byUs / 2 / GRAIN_US) * GRAIN_US } : null;
    case 'drift-clock':
      return Math.abs(fault.ppm) >= 2_000 ? { ...fault, ppm: Math.trunc(fault.ppm / 2_000) * 1_000 } : null;
    default:
      return null;
  }
}

/** One fault in place of two that differ in their times alone; null when they differ in more. */
export function merged(first: Fault, second: Fault, untilUs: Micros): Fault | null {
  if (!lasts(first) || JSON.stringify(timeless(first)) !== JSON.stringify(timeless(second))) return null;
  const at = Math.min(first.at, second.at);
  const endUs = Math.max(first.at + lastingOf(first, untilUs), second.at + lastingOf(second, untilUs));
  return { ...first, at, for: endUs - at } as Fault;
}

/** Whether faults of the kind have an end of their own. */
function lasts(fault: Fault): boolean {
  return fault.do !== 'reset' && fault.do !== 'rot' && fault.do !== 'step-clock';
}

function lastingOf(fault: Fault, untilUs: Micros): Micros {
  return 'for' in fault && fault.for !== undefined ? fault.for : Math.max(0, untilUs - fault.at);
}

function timeless(fault: Fault): object {
  return { ...fault, at: 0, for: 0 };
}
