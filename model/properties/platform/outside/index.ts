/** What is claimed of state that stands outside of consensus: weaker promises, each kept. */
import type { Property } from '../../../../sim/index.ts';
import { artifactContent } from './artifact-content.ts';
import { artifactsKept } from './artifacts-kept.ts';
import { regionalConvergence } from './regional-convergence.ts';
import { regionalLastWriter } from './regional-last-writer.ts';

export function outsideProperties(): readonly Property[] {
  return [artifactContent(), artifactsKept(), regionalLastWriter(), regionalConvergence()];
}
