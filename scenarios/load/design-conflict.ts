/** What must hold between the values of a design. */
import { placementOf, type StateClassId } from '../../model/api/state-classes.ts';
import type { Design } from '../../model/design.ts';
import { LARGEST_IMAGE_BYTES } from '../../model/outside/artifacts/content.ts';

/** What an object holds beside its payload. */
const ENVELOPE_BYTES = 1_024;

/** A sentence about the first rule that the design breaks, or null. */
export function designConflict(design: Design): string | null {
  if (design.renewDeadlineUs >= design.leaseDurationUs) {
    return 'renewDeadlineUs should be shorter than leaseDurationUs: a leader must stop before another may begin';
  }
  if (design.leaseRetryUs >= design.renewDeadlineUs) {
    return 'leaseRetryUs should be shorter than renewDeadlineUs: else a leader has no second attempt';
  }
  if (design.nodeLeaseUs >= design.nodeGraceUs) {
    return 'nodeLeaseUs should be shorter than nodeGraceUs: else every node counts as lost';
  }
  if (design.agentDeadlineUs <= design.nodeLeaseUs) {
    return 'agentDeadlineUs should be longer than nodeLeaseUs: else an agent ends what it runs between two renewals';
  }
  if (design.readMode === 'lease' && !design.checkQuorum) {
    return 'readMode lease needs checkQuorum: else a leader that is cut off never learns that another one was elected';
  }
  return (
    payloadConflict(
      design,
      'images-and-manifests',
      LARGEST_IMAGE_BYTES,
      'no image can be pushed, and nothing that names one is declared',
    ) ?? payloadConflict(design, 'status-blobs', design.statusBlobBytes, 'no status is ever written')
  );
}

/** Admission refuses what is too large for consensus also where the design places it there. */
function payloadConflict(design: Design, id: StateClassId, bytes: number, otherwise: string): string | null {
  const least = bytes + ENVELOPE_BYTES;
  if (placementOf(id, design) === 'outside' || design.maxObjectBytes >= least) return null;
  return `maxObjectBytes should be at least ${least} with ${id} in consensus: else ${otherwise}`;
}
