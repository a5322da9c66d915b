/**
 * What a run's store has committed, and what its recorded clients were told of it: one witness that all store properties of the
 * run share. Position in the order is the log index at which a member applied first; it certifies linearizability together with
 * the floor, below which no later operation may take effect (Gibbons and Korach: a given order is checked in linear time).
 */
import type { Operation, Scene } from '../../../sim/index.ts';
import type { AppliedEntry } from '../../raft/host/state-machine.ts';
import type { RecordedInput } from '../../store/client/client.ts';
import { keepAliveMethod, rangeMethod, txnMethod } from '../../store/member/methods.ts';
import type { Command, StoreResponse, TxnRequest } from '../../store/machine/requests.ts';
import type { Evidence, Fact } from './evidence.ts';
import { ReferenceSessions } from './reference-sessions.ts';
import { ReferenceStore, type StoreRules } from './reference-store.ts';

/** The first application of a command: its place in the committed order, and what a right store makes of it. */
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

/**
 * Changes kept for watches that are behind; one that is further behind is judged by these. The newest of them, that is: when
 * there are twice as many, the older half goes. A run of the usual length has fewer.
 */
const EVENTS_KEPT = 5_000;

export class StoreOracle {
  readonly reference: ReferenceStore;
  /** Index of the newest entry that any member has applied. */
  lastIndex = 0;
  /** Terms and hashes by index, of whoever applied first. */
  readonly terms: number[] = [];
  readonly hashes: number[] = [];
  /** Store revision by index. */
  readonly revisions: number[] = [1];
  /** Everything seen, in order, for checks from scratch; null when nobody asks for them. */
  readonly evidence: Evidence | null;
  /** By request id: mutations that were not answered yet, or answered before they were committed, or never will be. */
  readonly mutations = new Map<string, Mutating>();
  readonly reads = new Map<Operation, Reading>();
  /** Revision of the oldest change in `reference.events` that is complete. */
  firstEventRevision = 0;
  floor = 0;
  private readonly sessions: ReferenceSessions;
  /** Answered and committed: done with as soon as every property has heard of the answer. */
  private done: string[] = [];
  private noted: unknown = null;
  private latest: AppliedEntry | null = null;
  private latestCommitted: Committed | null = null;

  constructor(scene: Scene, rules: StoreRules, keepEvidence: boolean) {
    this.evidence = keepEvidence ? [] : null;
    this.reference = new ReferenceStore(rules);
    this.sessions = new ReferenceSessions(this.reference);
    scene.history().listen({
      invoked: (operation) => this.invoked(operation),
      returned: (operation) => this.returned(operation),
    });
  }

  /**
   * Takes an application in. The command's place in the order when this is the first application of the index, else null; the
   * same answer for the same crossing to whoever asks.
   */
  see(entry: AppliedEntry): Committed | null {
    if (entry === this.latest) return this.latestCommitted;
    this.latest = entry;
    this.note({ type: 'applied', entry }, entry);
    this.latestCommitted = entry.index > this.lastIndex ? this.commit(entry) : null;
    return this.latestCommitted;
  }

  /** Keeps a fact as evidence, once, whoever reports it first. */
  note(fact: Fact, identity: unknown): void {
    if (this.evidence === null || identity === this.noted) return;
    this.noted = identity;
    this.evidence.push(fact);
  }

  private commit(entry: AppliedEntry): Committed | null {
    const { index } = entry;
    this.sweep();
    // A gap is told by `store/no-lost-write`; here it only must not break the search.
    for (let missing = this.lastIndex + 1; missing < index; missing++) this.revisions[missing] = this.reference.revision;
    this.lastIndex = index;
    this.terms[index] = entry.term;
    this.hashes[index] = entry.hash;
    const { reference } = this;
    if (entry.data === null) {
      this.revisions[index] = reference.revision;
      return null;
    }
    const command = entry.data as Command;
    const { expected, isRefrained } = this.sessions.apply(index, command);
    const committed: Committed = { index, command, expected, isRefrained };
    this.revisions[index] = reference.revision;
    const mutation = this.mutations.get(command.requestId);
    if (mutation !== undefined) {
      mutation.committed ??= committed;
      if (mutation.operation.status !== 'pending') this.done.push(command.requestId);
    }
    if (command.request.kind === 'compact') this.forget();
    return committed;
  }

  /** Smallest index at which the store had this revision. */
  firstIndexOf(revision: number): number {
    return lowerBound(this.revisions, revision);
  }

  /** Largest index at which it had it; infinite for the revision it has now. */
  lastIndexOf(revision: number): number {
    return revision >= this.reference.revision ? Infinity : lowerBound(this.revisions, revision + 1) - 1;
  }

  /** Position in `reference.events` of the first change at or after a revision. */
  eventPosition(revision: number): number {
    const { events } = this.reference;
    let low = 0;
    let high = events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (events[middle]!.kv.modRevision < revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A client that died learns nothing any more. */
  clientDied(client: string): void {
    for (const operation of [...this.reads.keys()]) if (operation.client === client) this.reads.delete(operation);
  }

  private invoked(operation: Operation): void {
    this.sweep();
    this.evidence?.push({ type: 'invoked', operation });
    if (isRead(operation)) {
      const { revision, compactRevision } = this.reference;
      this.reads.set(operation, { floor: this.floor, revisionFloor: this.revisions[this.floor] ?? revision, compactRevisionFloor: compactRevision });
    } else if (isMutation(operation)) {
      this.mutations.set((operation.input as RecordedInput).id, { operation, floor: this.floor, committed: null });
    }
  }

  /** Raises the floor: what this answer exposes, no operation invoked from now on may fall behind. */
  private returned(operation: Operation): void {
    this.evidence?.push({ type: 'returned', operation, status: operation.status, output: operation.output });
    this.reads.delete(operation);
    if (isMutation(operation)) {
      const { id } = operation.input as RecordedInput;
      const committed = this.mutations.get(id)?.committed ?? null;
      if (committed === null) return;
      this.done.push(id);
      if (operation.status === 'ok') this.raise(committed.index);
    } else if (operation.status === 'ok' && isRead(operation)) {
      const { revision } = operation.output as { readonly revision: number };
      if (!isSerializable(operation) && revision <= this.reference.revision) this.raise(this.firstIndexOf(revision));
    }
  }

  private sweep(): void {
    for (const id of this.done) this.mutations.delete(id);
    this.done.length = 0;
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
  'store/put', 'store/delete', 'store/txn', 'store/compact', 'store/alarm', 'store/lease-grant', 'store/lease-revoke',
]);

/** A call that goes through the log. */
export function isMutation(operation: Operation): boolean {
  return mutationNames.has(operation.name) && !isRead(operation);
}

/** A range, or a txn that cannot write. */
export function isRead(operation: Operation): boolean {
  if (operation.name === rangeMethod.name) return true;
  if (operation.name !== txnMethod.name) return false;
  return operations(operation).every(({ kind }) => kind === 'range');
}

/** It may be answered from the past. */
export function isSerializable(operation: Operation): boolean {
  if (operation.name === rangeMethod.name) return (operation.input as { request: { serializable: boolean } }).request.serializable;
  return operations(operation).every((part) => part.kind === 'range' && part.serializable);
}

export function isKeepAlive(operation: Operation): boolean {
  return operation.name === keepAliveMethod.name;
}

function operations(operation: Operation): TxnRequest['success'] {
  const { success, failure } = (operation.input as { request: TxnRequest }).request;
  return [...success, ...failure];
}

/** Position of the first element ≥ `value` in an ascending list. */
function lowerBound(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
