/** The work of one worker of a review: one task. */
import type { Design } from '../../model/design.ts';
import { carryOut, type Finding, type ReviewTask } from '../../scenarios/review/tasks.ts';

export interface ReviewOrder {
  readonly task: ReviewTask;
  /** Values that differ from the default. */
  readonly design: Partial<Design>;
}

export default function work({ task, design }: ReviewOrder): Finding {
  return carryOut(task, design);
}
