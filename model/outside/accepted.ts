/** The boundary of the external cloud: what it has accepted, durably, and can no longer be talked out of. */
import { boundary } from '../../sim/index.ts';

/** An entry of the provider's own audit log. */
export interface AcceptedAction {
  /**
   * Its place in the provider's log, from 1. Entries are reported in this order once they are durable; those that a crash kept from
   * being reported are reported after it, and some of them may then be told twice: a listener skips places it has seen.
   */
  readonly sequence: number;
  readonly role: string;
  readonly token: number;
  /** Empty for a seal. */
  readonly operationId: string;
  /** Uid of the deployment; empty for a seal. */
  readonly owner: string;
  /** Of a release: everything of the owner below this generation is gone. 0 for a seal. */
  readonly generation: number;
  readonly action: 'seal' | 'provision' | 'release';
  /** Id of the load balancer that was made; empty for the others. */
  readonly resource: string;
}

/** A repetition that is answered with the first result is no action, and is not reported again. */
export const acceptedBoundary = boundary<AcceptedAction>('cloud/accepted', ({ action, role, token, owner, generation, resource }) => {
  const under = `under token ${token} of ${role}`;
  switch (action) {
    case 'seal':
      return `the cloud is sealed ${under}`;
    case 'provision':
      return `the cloud makes ${resource} for ${owner} generation ${generation} ${under}`;
    case 'release':
      return `the cloud releases what ${owner} has below generation ${generation} ${under}`;
  }
});
