/** The boundary at which a node takes an image in, to run it. */
import { boundary } from '../../../sim/index.ts';

export interface PulledImage {
  /** As desired state has it. */
  readonly reference: string;
  /** Of what came. */
  readonly digest: string;
}

export const pulledBoundary = boundary<PulledImage>(
  'artifacts/pulled',
  ({ reference, digest }) => `${reference} is here, with digest ${digest}`,
);
