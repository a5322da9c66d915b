/** What must hold between the values of a design. */
import type { Design } from '../../model/design.ts';

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
  return null;
}
