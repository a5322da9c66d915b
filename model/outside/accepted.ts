/** The boundary of the external cloud: what it has accepted, durably, and can no longer be talked out of. */
import { boundary } from '../../sim/index.ts';

/** An entry of the provider's own audit log. */
export interface AcceptedAction {
  /**
   * Its place in the provider's log, from 1. Entries are reported in this order once they are durable; those that a crash kept
   * from being reported are reported after it, and some of them may then be told twice: a listener skips places it has seen.
   */
  readonly sequence: number;
  readonly role: string;
  readonly token: number;
  /** Empty for a seal. */
  readonly operationId: string;
  /** Uid of the deployment, or of the Volume; empty for a seal. */
  readonly owner: string;
  /** Of a release: everything of the owner below this generation is gone. Of an attachment: its epoch. 0 for a seal. */
  readonly generation: number;
  readonly action: 'seal' | 'provision' | 'release' | 'attach' | 'detach';
  /** Id of the load balancer or volume that was made, attached or detached; empty for the others. */
  readonly resource: string;
  /** Of a volume that was made; 0 for all else. */
  readonly sizeGb: number;
  /** Uid of the workload that a volume is attached for, or detached from, and its node; empty for all else. */
  readonly workload: string;
  readonly node: string;
}

/** A repetition that is answered with the first result is no action, and is not reported again. */
export const acceptedBoundary = boundary<AcceptedAction>(
  'cloud/accepted',
  ({ action, role, token, owner, generation, resource, node, workload }) => {
    const under = `under token ${token} of ${role}`;
    switch (action) {
      case 'seal':
        return `the cloud is sealed ${under}`;
      case 'provision':
        return `the cloud makes ${resource} for ${owner} generation ${generation} ${under}`;
      case 'release':
        return `the cloud releases what ${owner} has below generation ${generation} ${under}`;
      case 'attach':
        return `the cloud attaches ${resource} to ${node} for ${workload}, epoch ${generation}, ${under}`;
      case 'detach':
        return `the cloud detaches ${resource} from ${node === '' ? 'nowhere' : node}, where it was for ${workload}, ${under}`;
    }
  },
);
