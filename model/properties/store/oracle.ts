/**
 * What a run's store has committed, and what its recorded clients were told of it: one witness that all store properties of the
 * run share. Position in the order is the log index at which a member applied first; it certifies linearizability together with
 * the floor, below which no later operation may take effect (Gibbons and Korach: a given order is checked in linear time).
 */
import type { Boundary, Observer, Operation, Process, Scene } from '../../../sim/index.ts';
import { appliedBoundary, type AppliedEntry } from '../../raft/host/state-machine.ts';
import type { RecordedInput } from '../../store/client/client.ts';
import {
  entryResultBoundary,
  stateRestoredBoundary,
  type EntryResult,
  type StateRestored,
} from '../../store/member/entry-result.ts';
import { keepAliveMethod, rangeMethod, txnMethod, type WatchItem } from '../../store/member/methods.ts';
import type { Command, StoreResponse, TxnOperation, TxnRequest } from '../../store/machine/requests.ts';
import { RecentEntries } from '../shared/recent-entries.ts';
import type { Evidence } from './evidence.ts';
import { ReferenceSessions } from './reference-sessions.ts';
import { ReferenceStore, type StoreRules } from './reference-store.ts';

/** The first application of a command: its place in the committed order, and what a correct store makes of it. */
export interface Committed {
  readonly index: number;
  readonly command: Command;
  readonly expected: StoreResponse;
  /** It must have no effect: see `Answered`. */
  readonly isRefrained: boolean;
}

/** A recorded mutation from its invocation until it is answered and committed. */
export interface Mutating {
  readonly operation: Operation;
  /** Highest index that an answer given before the invocation has exposed. */
  readonly floor: number;
  /** Its place in the committed order; null while it has none. */
  committed: Committed | null;
}

/** A recorded read that is under way. */
export interface Reading {
  readonly floor: number;
  readonly revisionFloor: number;
  readonly compactRevisionFloor: number;
}

/** Hears what the store's properties judge, from the one witness they share. A monitor that listens goes `through` the oracle. */
export interface OracleListener {
  /**
   * An entry is applied for the first time; `committed` is null for the empty one of a new leader. `mutation`:
   * the recorded call that asked for it.
   */
  readonly committed?: (committed: Committed | null, entry: AppliedEntry, mutation: Mutating | null) => void;
  /** Of an entry that is applied for the first time, and follows none that was: told before it is committed. */
  readonly skipped?: (entry: AppliedEntry) => void;
  /** A member applies another entry in the place of one. */
  readonly overwritten?: (entry: AppliedEntry) => void;
  /** The member that has applied a command first has carried it out. */
  readonly carriedOut?: (result: EntryResult, committed: Committed) => void;
  /** A recorded mutation is answered; `committed` is null while it has no place in the order. */
  readonly answered?: (operation: Operation, committed: Committed | null) => void;
  /** A recorded read is answered. */
  readonly read?: (operation: Operation, reading: Reading) => void;
}

type Heard = { readonly [Call in keyof OracleListener]-?: NonNullable<OracleListener[Call]>[] };

/**
 * Changes kept for watches that are behind; one that is further behind is judged by these. The newest of them, that is: when
 * there are twice as many, the older half goes. A run of the usual length has fewer.
 */
const EVENTS_KEPT = 5_000;
/** So many changes are looked at one by one before the others are searched. */
const NEWEST = 8;

export class StoreOracle implements Observer {
  readonly reference: ReferenceStore;
  /** Index of the newest entry that any member has applied. */
  lastIndex = 0;
  /** Terms and hashes by index, of whoever applied first. */
  private readonly terms = new RecentEntries<number>();
  private readonly hashes = new RecentEntries<number>();
  /** Store revision by index. */
  private readonly revisions = new RecentEntries<number>();
  /** Everything seen, in order, for checks from scratch; null when nobody asks for them. */
  readonly evidence: Evidence | null;
  /** By request id: mutations that were not answered yet, or answered before they were committed, or never will be. */
  private readonly mutations = new Map<string, Mutating>();
  private readonly reads = new Map<Operation, Reading>();
  /** Those that have applied something, in the order in which they did so first. */
  readonly members: Process[] = [];
  /** Revision of the oldest change in `reference.events` that is complete. */
  firstEventRevision = 0;
  floor = 0;
  private readonly sessions: ReferenceSessions;
  /** What was applied first just now and is not carried out yet. */
  private fresh: Committed | null = null;
  private readonly heard: Heard = { committed: [], skipped: [], overwritten: [], carriedOut: [], answered: [], read: [] };

  constructor(scene: Scene, rules: StoreRules, keepEvidence: boolean) {
    this.evidence = keepEvidence ? [] : null;
    this.reference = new ReferenceStore(rules);
    this.sessions = new ReferenceSessions(this.reference);
    this.revisions.set(0, this.reference.revision);
    scene.history().listen({
      invoked: (operation) => this.invoked(operation),
      returned: (operation) => this.returned(operation),
    });
  }

  listen(listener: OracleListener): void {
    const { heard } = this;
    if (listener.committed) heard.committed.push(listener.committed);
    if (listener.skipped) heard.skipped.push(listener.skipped);
    if (listener.overwritten) heard.overwritten.push(listener.overwritten);
    if (listener.carriedOut) heard.carriedOut.push(listener.carriedOut);
    if (listener.answered) heard.answered.push(listener.answered);
    if (listener.read) heard.read.push(listener.read);
  }

  /** Results of entries and restored states are taken as evidence of what others judge. */
  sees(what: Boundary): boolean {
    return (
      what === (appliedBoundary as Boundary) ||
      what === (entryResultBoundary as Boundary) ||
      (this.evidence !== null && what === (stateRestoredBoundary as Boundary))
    );
  }

  crossed(process: Process, what: Boundary, body: unknown): void {
    if (what === (appliedBoundary as Boundary)) {
      if (!this.members.includes(process)) this.members.push(process);
      this.see(body as AppliedEntry);
    } else if (what === (entryResultBoundary as Boundary)) {
      this.carriedOut(body as EntryResult);
    } else if (what === (stateRestoredBoundary as Boundary)) {
      this.evidence?.push({ type: 'restored', restored: body as StateRestored });
    }
  }

  /** A client that died learns nothing any more. */
  crashed({ name }: Process): void {
    for (const operation of this.reads.keys()) if (operation.client === name) this.reads.delete(operation);
  }

  /** Takes an application in. */
  see(entry: AppliedEntry): void {
    this.evidence?.push({ type: 'applied', entry });
    const { index } = entry;
    if (index <= this.lastIndex) {
      if (this.isAnother(entry)) for (const overwritten of this.heard.overwritten) overwritten(entry);
      return;
    }
    if (index > this.lastIndex + 1) for (const skipped of this.heard.skipped) skipped(entry);
    const mutation = entry.data === null ? null : (this.mutations.get((entry.data as Command).requestId) ?? null);
    const committed = this.commit(entry, mutation);
    this.fresh = committed;
    const { committed: listeners } = this.heard;
    for (let at = 0; at < listeners.length; at++) listeners[at]!(committed, entry, mutation);
    // Answered before: nobody waits for it any more.
    if (mutation !== null && mutation.operation.status !== 'pending') this.mutations.delete(committed!.command.requestId);
  }

  private isAnother({ index, term, hash }: AppliedEntry): boolean {
    const known = this.hashes.get(index);
    return known !== undefined && (known !== hash || this.terms.get(index) !== term);
  }

  /** Keeps what a watch was sent as evidence. */
  noteItem(item: WatchItem): void {
    this.evidence?.push({ type: 'item', item });
  }

  private carriedOut(result: EntryResult): void {
    this.evidence?.push({ type: 'result', result });
    const { fresh } = this;
    if (fresh === null || fresh.index !== result.index) return;
    this.fresh = null;
    for (const carriedOut of this.heard.carriedOut) carriedOut(result, fresh);
  }

  private commit(entry: AppliedEntry, mutation: Mutating | null): Committed | null {
    const { index } = entry;
    // A gap is told by `store/no-lost-write`; here it only must not break the search.
    for (let missing = this.lastIndex + 1; missing < index; missing++) this.revisions.set(missing, this.reference.revision);
    this.lastIndex = index;
    this.terms.set(index, entry.term);
    this.hashes.set(index, entry.hash);
    const { reference } = this;
    if (entry.data === null) {
      this.revisions.set(index, reference.revision);
      return null;
    }
    const command = entry.data as Command;
    const { expected, isRefrained } = this.sessions.apply(index, command);
    const committed: Committed = { index, command, expected, isRefrained };
    this.revisions.set(index, reference.revision);
    if (mutation !== null) mutation.committed ??= committed;
    if (command.request.kind === 'compact') this.forget();
    return committed;
  }

  /** Smallest index at which the store had this revision, or less where that is forgotten. */
  private firstIndexOf(revision: number): number {
    const index = this.reachedAt(revision);
    return index === this.revisions.oldest ? 0 : index;
  }

  /** Largest index at which it had it, or more where that is forgotten; infinite for the revision it has now. */
  lastIndexOf(revision: number): number {
    return revision >= this.reference.revision ? Infinity : this.reachedAt(revision + 1) - 1;
  }

  /** Smallest index that is remembered at which the store had reached a revision. */
  private reachedAt(revision: number): number {
    const { revisions } = this;
    let low = revisions.oldest;
    let high = revisions.last + 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (revisions.get(middle)! < revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Position in `reference.events` of the first change at or after a revision. Mostly one of the newest is asked for. */
  eventPosition(revision: number): number {
    const { events } = this.reference;
    let high = events.length;
    for (let step = 0; step < NEWEST; step++) {
      if (high === 0 || events[high - 1]!.kv.modRevision < revision) return high;
      high--;
    }
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (events[middle]!.kv.modRevision < revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private invoked(operation: Operation): void {
    this.evidence?.push({ type: 'invoked', operation });
    if (isRead(operation)) {
      const { compactRevision } = this.reference;
      this.reads.set(operation, {
        floor: this.floor,
        revisionFloor: this.revisions.get(this.floor) ?? 0,
        compactRevisionFloor: compactRevision,
      });
    } else if (isMutation(operation)) {
      this.mutations.set((operation.input as RecordedInput).id, { operation, floor: this.floor, committed: null });
    }
  }

  /** Raises the floor: what this answer exposes, no operation invoked from now on may fall behind. */
  private returned(operation: Operation): void {
    this.evidence?.push({ type: 'returned', operation, status: operation.status, output: operation.output });
    const reading = this.reads.get(operation);
    if (reading !== undefined) {
      this.reads.delete(operation);
      this.readReturned(operation, reading);
    } else if (mutationNames.has(operation.name)) {
      const { id } = operation.input as RecordedInput;
      const mutation = this.mutations.get(id);
      if (mutation !== undefined || !isRead(operation)) this.mutationReturned(operation, id, mutation?.committed ?? null);
    }
  }

  private readReturned(operation: Operation, reading: Reading): void {
    if (operation.status === 'ok') {
      const { revision } = operation.output as { readonly revision: number };
      if (!isSerializable(operation) && revision <= this.reference.revision) this.raise(this.firstIndexOf(revision));
    }
    for (const read of this.heard.read) read(operation, reading);
  }

  private mutationReturned(operation: Operation, id: string, committed: Committed | null): void {
    if (committed !== null && operation.status === 'ok') this.raise(committed.index);
    for (const answered of this.heard.answered) answered(operation, committed);
    if (committed !== null) this.mutations.delete(id);
  }

  private raise(index: number): void {
    if (index > this.floor) this.floor = index;
  }

  private forget(): void {
    let below = this.reference.compactRevision;
    for (const { compactRevisionFloor } of this.reads.values()) below = Math.min(below, compactRevisionFloor);
    this.reference.forget(below);
    const { events } = this.reference;
    if (events.length <= 2 * EVENTS_KEPT) return;
    const dropped = events[events.length - EVENTS_KEPT - 1]!;
    this.firstEventRevision = dropped.kv.modRevision + 1;
    this.reference.events = events.slice(-EVENTS_KEPT);
  }
}

/** Makes the oracle of a run, or finds the one that another property of the run has made. */
export type OracleOf = (scene: Scene, keepEvidence: boolean) => StoreOracle;

/** Runs are told apart by their histories. */
export function sharedOracle(rules: StoreRules): OracleOf {
  const oracles = new WeakMap<object, StoreOracle>();
  return (scene, keepEvidence) => {
    const run = scene.history();
    let oracle = oracles.get(run);
    if (oracle === undefined) {
      oracle = new StoreOracle(scene, rules, keepEvidence);
      oracles.set(run, oracle);
    }
    return oracle;
  };
}

const mutationNames: ReadonlySet<string> = new Set([
  'store/put',
  'store/delete',
  'store/txn',
  'store/compact',
  'store/alarm',
  'store/lease-grant',
  'store/lease-revoke',
]);

/** A call that goes through the log. */
export function isMutation(operation: Operation): boolean {
  return mutationNames.has(operation.name) && !isRead(operation);
}

/** A range, or a txn that cannot write. */
export function isRead(operation: Operation): boolean {
  if (operation.name === rangeMethod.name) return true;
  if (operation.name !== txnMethod.name) return false;
  const { success, failure } = txnOf(operation);
  return success.every(isRange) && failure.every(isRange);
}

/** It may be answered from the past. */
export function isSerializable(operation: Operation): boolean {
  if (operation.name === rangeMethod.name)
    return (operation.input as { request: { serializable: boolean } }).request.serializable;
  const { success, failure } = txnOf(operation);
  return success.every(isSerializableRange) && failure.every(isSerializableRange);
}

export function isKeepAlive(operation: Operation): boolean {
  return operation.name === keepAliveMethod.name;
}

function txnOf(operation: Operation): TxnRequest {
  return (operation.input as { request: TxnRequest }).request;
}

function isRange({ kind }: TxnOperation): boolean {
  return kind === 'range';
}

function isSerializableRange(part: TxnOperation): boolean {
  return part.kind === 'range' && part.serializable;
}
