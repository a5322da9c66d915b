/** What properties see of a member's state: after each entry, and when all of it was replaced. */
import { boundary } from '../../../sim/index.ts';
import type { MemberId } from '../../raft/core/configuration.ts';
import type { StoreResponse } from '../machine/requests.ts';

/** What a member makes of an entry. */
export interface EntryResult {
  readonly member: MemberId;
  readonly index: number;
  readonly requestId: string;
  readonly response: StoreResponse;
  /** The store's after the entry. */
  readonly revision: number;
  readonly compactRevision: number;
  readonly sizeBytes: number;
  /** Hash of keys and leases. */
  readonly hash: number;
}

/** A member's state has been replaced by a snapshot's, as of `index`. */
export interface StateRestored {
  readonly member: MemberId;
  readonly index: number;
  readonly revision: number;
  readonly compactRevision: number;
  readonly sizeBytes: number;
  /** Hash of keys and leases. */
  readonly hash: number;
}

/** The state machine has answered an entry: at every member, whether somebody waits for the answer or not. */
export const entryResultBoundary = boundary<EntryResult>(
  'store/entry-result',
  ({ member, index, response, revision, compactRevision }) => {
    const what = response.kind === 'error' ? response.code : `${response.kind} ok`;
    return `member ${member}: entry ${index} ${what}, revision ${revision}${response.kind === 'compact' ? `, compacted to revision ${compactRevision}` : ''}`;
  },
);

export const stateRestoredBoundary = boundary<StateRestored>('store/state-restored', ({ member, index, revision }) => {
  return `member ${member} restores the snapshot of entry ${index}, revision ${revision}`;
});
