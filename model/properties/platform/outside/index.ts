/** What is claimed of state that stands outside of consensus: weaker promises, each kept. */
import type { Property } from '../../../../sim/index.ts';
import { regionalConvergence } from './regional-convergence.ts';
import { regionalLastWriter } from './regional-last-writer.ts';

export function outsideProperties(): readonly Property[] {
  return [regionalLastWriter(), regionalConvergence()];
}
