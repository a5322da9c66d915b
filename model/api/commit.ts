/** Committing a write: one txn of the store, guarded by the version it was decided of and by the authority it travels under. */
import type { Co, Micros, Os } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import type { StoreClient } from '../store/client/client.ts';
import {
  put,
  range,
  txn,
  type Compare,
  type KeyValue,
  type TxnOperation,
  type TxnOperationResponse,
} from '../store/machine/requests.ts';
import { refused, unread, type Answer, type Refused } from './answer.ts';
import { fenceGuard, fenceRead } from './fences.ts';
import { fenceKey, kindPrefix, type Fence, type ResourceKind } from './resources/index.ts';
import type { PlacedStores } from './stores.ts';
import type { WatchCaches } from './watch-caches.ts';

/** A write made ready: what it needs to be true, and what it does. */
export interface PreparedWrite {
  readonly kind: ResourceKind;
  readonly key: string;
  readonly guard: Compare;
  readonly operations: readonly TxnOperation[];
  readonly fence: Fence | null;
  /** Of the object that it was decided of; 0: there is none. */
  readonly version: number;
}

/** `lost`: the guard does not hold any more; and what stood there instead, for a write that an object was decided of. */
export type Written =
  | { readonly status: 'ok'; readonly revision: number }
  | { readonly status: 'lost'; readonly current: KeyValue | null }
  | Exclude<Answer<never>, { status: 'ok' }>;

export class Committer {
  private readonly os: Os;
  private readonly stores: PlacedStores;
  private readonly caches: WatchCaches;
  private readonly requestUs: Micros;
  private readonly fencing: boolean;
  private readonly ackBeforeCommit: boolean;
  private readonly ackUnknown: boolean;
  private readonly denyUnknown: boolean;

  constructor(os: Os, stores: PlacedStores, caches: WatchCaches, design: Design, defects: DefectSet) {
    this.os = os;
    this.stores = stores;
    this.caches = caches;
    this.requestUs = design.apiRequestUs;
    this.fencing = design.fencing && !defects.has('no-fencing');
    this.ackBeforeCommit = defects.has('ack-before-commit');
    this.ackUnknown = defects.has('ack-unknown-outcome');
    this.denyUnknown = defects.has('deny-unknown-outcome');
  }

  /** Nobody is waiting for it any more, and what is not begun can be said for certain not to happen. */
  late(receivedUs: Micros): Refused | null {
    return this.os.monotonicUs() - receivedUs >= this.requestUs ? refused('unavailable', 'the request took too long') : null;
  }

  /** Commits a write of a request that came at `receivedUs`, if its guard and its fence hold. */
  *commit({ kind, key, guard, operations, fence, version }: PreparedWrite, receivedUs: Micros): Co<Written> {
    const late = this.late(receivedUs);
    if (late !== null) return late;
    const compare = [guard];
    const failure: TxnOperation[] = [];
    const store = this.stores.ofObject(kind, key.slice(kindPrefix(kind).length));
    if (fence !== null && this.fencing) {
      const tokens = this.stores.ofFence(fence);
      if (tokens === store) {
        compare.push(fenceGuard(fence));
        failure.push(fenceRead(fence));
      } else {
        const refusal = yield* this.fencedElsewhere(tokens, fence);
        if (refusal !== null) return refusal;
      }
    }
    // Who has lost goes on from what there is (etcd3 store, GuaranteedUpdate: `Else(OpGet)`).
    if (version !== 0) failure.push(range(key));
    const commit = store.txn(txn(compare, operations, failure));
    if (this.ackBeforeCommit) {
      this.os.spawn(`commit ${key}`, commit);
      return { status: 'ok', revision: version + 1 };
    }
    const outcome = yield* commit;
    if (outcome.status === 'unknown' && !this.denyUnknown)
      return this.ackUnknown ? { status: 'ok', revision: version + 1 } : { status: 'open' };
    if (outcome.status !== 'ok') return unread(outcome);
    const { succeeded, revision, responses } = outcome.value;
    if (succeeded) {
      this.caches.committed(revision);
      return { status: 'ok', revision };
    }
    if (fence !== null && compare.length > 1) {
      const refusal = outdated(fence, pairIn(responses[0]) ?? undefined);
      if (refusal !== null) return refusal;
    }
    return { status: 'lost', current: version === 0 ? null : pairIn(responses.at(-1)) };
  }

  /** Where tokens stand in another store than what is written, no txn compares them: all that can be done is to look first. */
  private *fencedElsewhere(tokens: StoreClient, fence: Fence): Co<Refused | null> {
    const read = yield* tokens.range(fenceRead(fence));
    return read.status === 'ok' ? outdated(fence, read.value.kvs[0]) : unread(read);
  }
}

function pairIn(response: TxnOperationResponse | undefined): KeyValue | null {
  return response?.kind === 'range' ? (response.kvs[0] ?? null) : null;
}

/** Refuses an authority that is not what stands at its key. */
function outdated(fence: Fence, kv: KeyValue | undefined): Refused | null {
  const token = (fence.session === undefined ? kv?.modRevision : kv?.createRevision) ?? 0;
  return token === fence.token
    ? null
    : refused('fenced', `token ${fence.token} of ${fence.role} is not the newest: its key has ${token}`);
}

/** Beside a change of a Lease's holder the fence is put, whose revision is the new token. */
export function grant(role: string, from: string, to: string): readonly TxnOperation[] {
  return from === to ? [] : [put(fenceKey(role), to)];
}
