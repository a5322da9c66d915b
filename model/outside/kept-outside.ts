/** The boundary at which what stands outside of consensus is taken in by the place that keeps it: for accounts. */
import { boundary } from '../../sim/index.ts';
import type { StateClassId } from '../api/state-classes.ts';

export interface KeptOutside {
  readonly stateClass: StateClassId;
  /** The process that keeps it. */
  readonly place: string;
  readonly writes: number;
  readonly bytes: number;
}

export const keptOutsideBoundary = boundary<KeptOutside>(
  'outside/kept',
  ({ stateClass, place, writes, bytes }) => `${place} keeps ${writes} of ${stateClass}, ${bytes} bytes`,
);
