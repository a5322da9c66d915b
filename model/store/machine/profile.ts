/** Where versions of etcd differ: each divergence a named switch, and which version has it how. */
/** A version of etcd whose behaviour the store takes on. */
export type StoreCompat = '3.4' | '3.6';

/** What differs between the versions; everything else is the same in both. */
export interface StoreProfile {
  /**
   * Compaction keeps a delete made exactly at the compacted revision, so that a watch from there sees it.
   * Since 3.5.16 and 3.6 (PR 18474).
   */
  readonly keepsTombstoneAtCompaction: boolean;
  /**
   * The puts of a txn are checked before its ranges: when both would fail, the put's error is told. From 3.5 on operations
   * are checked in their order.
   */
  readonly checksPutsFirst: boolean;
  /** A watch with a negative start revision is cancelled as compacted at once; before, it was taken and shown no history. */
  readonly refusesNegativeWatchStart: boolean;
  /**
   * A progress request is answered at once and beside the queue of events, whatever the watches of the stream still have to
   * see (E17). Fixed in 3.4.25 and 3.5.8 (PR 15599).
   */
  readonly answersProgressAtOnce: boolean;
  /** A watch that waits for a revision to come is told of its progress all the same (seen on 3.4.23). */
  readonly tellsProgressBeforeStart: boolean;
  /**
   * What is left of long leases is noted in the log at intervals. Before 3.6 this must be asked for, and is lost at a restart.
   */
  readonly checkpointsLeases: boolean;
}

const profile36: StoreProfile = Object.freeze({
  keepsTombstoneAtCompaction: true,
  checksPutsFirst: false,
  refusesNegativeWatchStart: true,
  answersProgressAtOnce: false,
  tellsProgressBeforeStart: false,
  checkpointsLeases: true,
});

/** Debian's 3.4.23. */
const profile34: StoreProfile = Object.freeze({
  keepsTombstoneAtCompaction: false,
  checksPutsFirst: true,
  refusesNegativeWatchStart: false,
  answersProgressAtOnce: true,
  tellsProgressBeforeStart: true,
  checkpointsLeases: false,
});

/** The profile of a version; that of 3.6 unless another is named. */
export function storeProfile(compat: StoreCompat = '3.6'): StoreProfile {
  return compat === '3.4' ? profile34 : profile36;
}
