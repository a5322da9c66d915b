/** Everything that was seen of a run's store, in order, and the committed order made of it from scratch. */
import type { Operation, OperationStatus } from '../../../sim/index.ts';
import type { AppliedEntry } from '../../raft/host/state-machine.ts';
import type { WatchItem } from '../../store/member/methods.ts';
import type { Command, StoreEvent, StoreResponse } from '../../store/machine/requests.ts';
import type { EntryResult, StateRestored } from '../../store/member/entry-result.ts';
import { ReferenceSessions } from './reference-sessions.ts';
import { ReferenceStore, type StoreRules } from './reference-store.ts';

export type Fact =
  | { readonly type: 'applied'; readonly entry: AppliedEntry }
  | { readonly type: 'result'; readonly result: EntryResult }
  | { readonly type: 'restored'; readonly restored: StateRestored }
  | { readonly type: 'invoked'; readonly operation: Operation }
  | { readonly type: 'returned'; readonly operation: Operation; readonly status: OperationStatus; readonly output: unknown }
  | { readonly type: 'item'; readonly item: WatchItem };

export type Evidence = Fact[];

/** One entry of the committed order, in hindsight. */
export interface Step {
  readonly index: number;
  readonly term: number;
  readonly hash: number;
  /** Null for the first entry of a term. */
  readonly command: Command | null;
  readonly expected: StoreResponse | null;
  readonly isRefrained: boolean;
  readonly revision: number;
  readonly compactRevision: number;
  readonly leases: ReadonlySet<number>;
  /** Position in the evidence of its first application. */
  readonly position: number;
}

export interface CommittedOrder {
  /** By index; index 0 is the empty store. */
  readonly steps: readonly Step[];
  readonly events: readonly StoreEvent[];
  /** Holds every revision. */
  readonly reference: ReferenceStore;
}

/** The first applications among the facts, in order of the index, each answered by a reference store that forgets nothing. */
export function committedOrder(evidence: Evidence, rules: StoreRules): CommittedOrder {
  const reference = new ReferenceStore(rules);
  const sessions = new ReferenceSessions(reference);
  const none: ReadonlySet<number> = new Set();
  const steps: Step[] = [
    {
      index: 0,
      term: 0,
      hash: 0,
      command: null,
      expected: null,
      isRefrained: false,
      revision: 1,
      compactRevision: -1,
      leases: none,
      position: -1,
    },
  ];
  for (const [position, fact] of evidence.entries()) {
    if (fact.type !== 'applied' || fact.entry.index !== steps.length) continue;
    const { index, term, hash } = fact.entry;
    const command = fact.entry.data as Command | null;
    const { expected, isRefrained } = command === null ? { expected: null, isRefrained: false } : sessions.apply(index, command);
    const before = steps[index - 1]!.leases;
    const leases =
      expected?.kind === 'leaseGrant' || expected?.kind === 'leaseRevoke' ? new Set(reference.leases.keys()) : before;
    const { revision, compactRevision } = reference;
    steps.push({ index, term, hash, command, expected, isRefrained, revision, compactRevision, leases, position });
  }
  return { steps, events: reference.events, reference };
}
