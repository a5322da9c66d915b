/** Looking at a run now and then instead of at every instant. */
import type { Micros } from '../../../sim/index.ts';

/**
 * For an observer that is told of the time: it looks at the first instant from `fromUs` on, and
 * then whenever so much time has passed.
 */
export function atIntervals(intervalUs: Micros, look: (nowUs: Micros) => void, fromUs: Micros = 0): (nowUs: Micros) => Micros {
  let dueUs = fromUs;
  return (nowUs) => {
    if (nowUs >= dueUs) {
      dueUs = nowUs + intervalUs;
      look(nowUs);
    }
    return dueUs;
  };
}
