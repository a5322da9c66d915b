/** The durable side of a member: its machine over its backend, as Raft's host wants a state machine to be. */
import { kind, mix3, Panic, type Kind, type Os } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import type { Snapshot } from '../../raft/core/snapshot.ts';
import type { MachineSnapshot } from '../../raft/host/state-machine.ts';
import { Backend, type BackendView } from './backend.ts';
import { imageBytes, type BackendState } from './backend-record.ts';
import type { StoreError } from '../machine/errors.ts';
import { compareKeys, exclusiveEnd } from '../machine/keys.ts';
import { StoreMachine } from '../machine/machine.ts';
import { growthBytes } from '../machine/quota.ts';
import type { Command, RangeRequest, RangeResponse, StoreEvent } from '../machine/requests.ts';
import { Compactor } from './member-compaction.ts';

export interface DurableStoreOptions {
  readonly os: Os;
  readonly design: Design;
  readonly defects: ReadonlySet<string>;
  readonly minLeaseTtlUs: number;
  /** All state was replaced, by what the backend held or by a snapshot. */
  readonly restored: () => void;
}

/** Raft's own record of a snapshot: where it stands and who belongs to the group. The state is in the backend. */
const SNAPSHOT_BYTES = 256;

const defragmentKind: Kind<null> = kind<null>('store/defragment', {
  serviceUs: 5,
  describe: () => 'the backend is to be defragmented',
});

export class DurableStore {
  readonly machine: StoreMachine;
  private readonly backend: Backend;
  private readonly compactor: Compactor;
  private readonly options: DurableStoreOptions;
  private readonly buffersNoDeletes: boolean;

  constructor(options: DurableStoreOptions) {
    const { os, design, defects, minLeaseTtlUs } = options;
    this.options = options;
    this.buffersNoDeletes = defects.has('deletes-read-after-commit');
    this.backend = new Backend({
      os,
      commitUs: design.backendCommitUs,
      batchChanges: design.backendBatchChanges,
      slackBytes: design.backendSlackBytes,
      defects,
      state: () => this.state(),
      compacted: (revision, garbage) => this.compactor.schedule(revision, garbage),
      dropsTombstone: () => this.machine.dropsTombstone,
    });
    this.compactor = new Compactor(
      { os, batchChanges: design.compactBatchChanges, pauseUs: design.compactPauseUs },
      this.backend,
    );
    this.machine = new StoreMachine({
      defects,
      compat: design.storeCompat,
      minLeaseTtlUs,
      changes: this.backend.running,
    });
  }

  /** All changes of an entry were made. */
  applied(index: number, term: number): void {
    const { machine } = this;
    machine.appliedIndex = index;
    this.backend.applied(index, term, machine.sizeBytes + this.compactor.garbageBytes);
  }

  /**
   * Whether this member's quota leaves room for a request. It asks before it proposes one, and every member when one is applied:
   * if not, it raises the alarm, though what is in the log by then has its effect (etcd `quotaApplierV3`).
   */
  hasSpaceFor(request: Command['request']): boolean {
    const { storeQuotaBytes } = this.options.design;
    if (storeQuotaBytes === 0) return true;
    const bytes = growthBytes(request);
    return bytes === 0 || this.backend.allocatedBytes + bytes < storeQuotaBytes;
  }

  /** Reads see what is applied, committed to disk or not: etcd's read buffer lies over what is committed. */
  range(request: RangeRequest): RangeResponse | StoreError {
    const response = this.machine.range(request);
    return this.buffersNoDeletes && response.kind === 'range'
      ? withDeletedPairs(request, response, this.backend.running.events, this.machine)
      : response;
  }

  // ── the port to Raft ─────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Takes what the backend holds, or the state of a snapshot that was received and had not replaced it when the member stopped
   * (etcd `RecoverSnapshotBackend`).
   */
  recover(snapshot: Snapshot | null, done: (applied: number) => void): void {
    this.backend.recover((kept) => {
      if (snapshot !== null && snapshot.index > (kept?.index ?? 0)) {
        if (snapshot.state === null)
          throw new Panic(`the backend is at entry ${kept?.index ?? 0}, its snapshot at ${snapshot.index}`);
        this.adopt(snapshot, () => done(snapshot.index));
        return;
      }
      if (kept !== null) this.take(kept);
      done(kept?.index ?? 0);
    });
  }

  /** Members at one index hold one state: what tells indexes apart tells states apart. */
  snapshot(): MachineSnapshot {
    return { state: null, bytes: SNAPSHOT_BYTES, hash: this.hash() };
  }

  persist(done: () => void): void {
    this.backend.commit(done);
  }

  image(): MachineSnapshot {
    const state = this.state();
    return { state, bytes: imageBytes(state), hash: this.hash() };
  }

  restore(snapshot: Snapshot): void {
    this.adopt(snapshot, () => undefined);
  }

  private adopt(snapshot: Snapshot, done: () => void): void {
    const state = snapshot.state as BackendState;
    this.backend.adopt(state, snapshot.term, done);
    this.take(state);
  }

  private take(state: BackendState): void {
    this.machine.restore(state);
    this.compactor.resume(state);
    this.options.restored();
  }

  private state(): BackendState {
    return {
      ...this.machine.snapshot(),
      finishedCompact: this.backend.running.finishedCompact,
      garbage: this.compactor.garbage(),
      allocatedBytes: this.backend.allocatedBytes,
    };
  }

  private hash(): number {
    const { appliedIndex, revision, sizeBytes } = this.machine;
    return mix3(appliedIndex, revision, sizeBytes);
  }

  /** Has the backend defragmented at the design's pace, the members one after the other. */
  start(turn: number): void {
    const { os, design } = this.options;
    const everyUs = design.defragmentEveryUs;
    if (everyUs === 0) return;
    const again = (): void => {
      os.after(everyUs, defragmentKind, again);
      this.backend.defragment();
    };
    os.after(Math.ceil((everyUs * turn) / design.storeMembers), defragmentKind, again);
  }

  inspect(): BackendView {
    return this.backend.inspect();
  }
}

/** A read buffer without its deletes: what was deleted since the last commit is found where it was before. */
function withDeletedPairs(
  request: RangeRequest,
  response: RangeResponse,
  running: readonly StoreEvent[],
  machine: StoreMachine,
): RangeResponse {
  if (request.revision > 0 || request.limit > 0 || request.countOnly) return response;
  const kvs = [...response.kvs];
  for (const { type, kv } of running) {
    if (type !== 'delete' || kvs.some(({ key }) => key === kv.key) || !isInRange(kv.key, request)) continue;
    const before = machine.range({ ...request, key: kv.key, rangeEnd: '', revision: kv.modRevision - 1 });
    if (before.kind === 'range') kvs.push(...before.kvs);
  }
  return { ...response, kvs: kvs.sort((a, b) => compareKeys(a.key, b.key)), count: kvs.length };
}

function isInRange(key: string, { key: from, rangeEnd }: RangeRequest): boolean {
  return rangeEnd === '' ? key === from : key >= from && key < exclusiveEnd(rangeEnd);
}
