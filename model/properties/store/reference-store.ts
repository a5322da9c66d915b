/**
 * An etcd so simple that it is obviously correct, to compare the store with: it shares no code with `model/store` but the shape
 * of requests and answers. Written from the behaviour of etcd v3 (`rpc.proto`, API guarantees), not from our state machine.
 */
import { storeErrors, type StoreErrorCode } from '../../store/machine/errors.ts';
import type { StoreCompat } from '../../store/machine/profile.ts';
import type {
  AlarmRequest,
  Compare,
  DeleteRangeRequest,
  DeleteRangeResponse,
  KeyValue,
  MemberAlarm,
  MutatingRequest,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  StoreEvent,
  StoreResponse,
  TxnOperation,
  TxnOperationResponse,
  TxnRequest,
  TxnResponse,
} from '../../store/machine/requests.ts';

/** What a design decides about the store's answers. */
export interface StoreRules {
  readonly minLeaseTtlUs: number;
  /** The version of etcd that it answers like. */
  readonly compat: StoreCompat;
}

/** What a txn comes down to. */
type Step = RangeRequest | PutRequest | DeleteRangeRequest;

const refuse = (code: StoreErrorCode): StoreResponse => storeErrors[code];

export class ReferenceStore {
  revision = 1;
  compactRevision = -1;
  /** Granted TTL by lease. */
  readonly leases = new Map<number, number>();
  /** Raised ones, by member. */
  private alarms: readonly MemberAlarm[] = [];
  /** Every change kept, oldest first; the first ones are forgotten by {@link forget}. */
  events: StoreEvent[] = [];
  private readonly minLeaseTtlUs: number;
  private readonly compat: StoreCompat;
  /** Changes of each key, oldest first. */
  private readonly history = new Map<string, StoreEvent[]>();
  /** Keys that ever had a change and are not forgotten, sorted. */
  private keys: string[] = [];
  /** Reads below this cannot be answered any more. */
  private forgottenBelow = 0;
  /** Changes of the entry being applied. */
  private changes: StoreEvent[] = [];

  constructor(rules: StoreRules) {
    this.minLeaseTtlUs = rules.minLeaseTtlUs;
    this.compat = rules.compat;
  }

  /** Whether a read at this revision can still be answered. */
  remembers(revision: number): boolean {
    return revision >= this.forgottenBelow;
  }

  /** Answers a request as the next in the committed order. */
  apply(request: MutatingRequest): StoreResponse {
    this.changes = [];
    const response = this.answer(request);
    if (this.changes.length > 0) this.revision++;
    return response;
  }

  private answer(request: MutatingRequest): StoreResponse {
    if (request.kind !== 'alarm' && request.kind !== 'leaseCheckpoint') {
      if (this.stands('corrupt')) return refuse('ErrCorrupt');
      if (this.stands('nospace') && addsSomething(request)) return refuse('ErrNoSpace');
    }
    switch (request.kind) {
      case 'put':
        return this.leaseProblem(request) ?? this.keyProblem(request) ?? this.put(request);
      case 'deleteRange':
        return this.deleteRange(request.key, request.rangeEnd, request.prevKv);
      case 'txn':
        return this.txn(request);
      case 'compact':
        if (request.revision <= this.compactRevision) return refuse('ErrCompacted');
        if (request.revision > this.revision) return refuse('ErrFutureRev');
        this.compactRevision = request.revision;
        return { kind: 'compact', revision: this.revision };
      case 'leaseGrant': {
        if (request.id === 0) return refuse('ErrLeaseNotFound');
        if (request.ttlUs > 9e15) return refuse('ErrLeaseTTLTooLarge');
        if (this.leases.has(request.id)) return refuse('ErrLeaseExists');
        const ttlUs = Math.max(request.ttlUs, this.minLeaseTtlUs);
        this.leases.set(request.id, ttlUs);
        return { kind: 'leaseGrant', revision: this.revision, id: request.id, ttlUs };
      }
      case 'leaseRevoke': {
        if (!this.leases.delete(request.id)) return refuse('ErrLeaseNotFound');
        for (const { key, lease } of this.live('\0', '\0')) if (lease === request.id) this.remove(key);
        return { kind: 'leaseRevoke', revision: this.seen() };
      }
      case 'leaseCheckpoint':
        return { kind: 'leaseCheckpoint', revision: this.revision };
      case 'alarm':
        return { kind: 'alarm', revision: this.revision, alarms: this.alarm(request) };
    }
  }

  private txn(request: TxnRequest): StoreResponse {
    const steps = this.stepsOf(request);
    // Before 3.5 etcd went over the puts, and then over the rest.
    const problem = (this.compat === '3.4' ? this.firstProblem(steps, true) : null) ?? this.firstProblem(steps, false);
    if (problem !== null) return problem;
    return { ...this.carryOut(request), revision: this.seen() };
  }

  /** What a txn will do, those nested in it included, one after the other. */
  private stepsOf(request: TxnRequest, steps: Step[] = []): readonly Step[] {
    for (const operation of this.branchOf(request)) {
      if (operation.kind === 'txn') this.stepsOf(operation, steps);
      else steps.push(operation);
    }
    return steps;
  }

  private firstProblem(steps: readonly Step[], putsOnly: boolean): StoreResponse | null {
    for (const step of steps) {
      const problem = putsOnly && step.kind !== 'put' ? null : this.problem(step);
      if (problem !== null) return problem;
    }
    return null;
  }

  /** Comparisons see the store before the entry, however deep they stand. */
  private branchOf(request: TxnRequest): readonly TxnOperation[] {
    return this.comparesWell(request) ? request.success : request.failure;
  }

  private comparesWell({ compare }: TxnRequest): boolean {
    return compare.every((comparison) => this.holds(comparison));
  }

  private carryOut(request: TxnRequest): TxnResponse {
    const responses = this.branchOf(request).map((operation): TxnOperationResponse => {
      if (operation.kind === 'put') return this.put(operation);
      if (operation.kind === 'deleteRange') return this.deleteRange(operation.key, operation.rangeEnd, operation.prevKv);
      return operation.kind === 'txn' ? this.carryOut(operation) : this.range(operation, this.seen());
    });
    return { kind: 'txn', revision: 0, succeeded: this.comparesWell(request), responses };
  }

  private problem(operation: Step): StoreResponse | null {
    if (operation.kind === 'put') return this.keyProblem(operation) ?? this.leaseProblem(operation);
    if (operation.kind === 'deleteRange' || operation.revision === 0) return null;
    if (operation.revision > this.revision) return refuse('ErrFutureRev');
    return operation.revision < this.compactRevision ? refuse('ErrCompacted') : null;
  }

  private keyProblem({ key, ignoreValue, ignoreLease }: PutRequest): StoreResponse | null {
    return (ignoreValue || ignoreLease) && this.pair(key) === null ? refuse('ErrKeyNotFound') : null;
  }

  private leaseProblem({ lease }: PutRequest): StoreResponse | null {
    return lease !== 0 && !this.leases.has(lease) ? refuse('ErrLeaseNotFound') : null;
  }

  private stands(alarm: MemberAlarm['alarm']): boolean {
    return this.alarms.some((raised) => raised.alarm === alarm);
  }

  private alarm({ action, member, alarm }: AlarmRequest): readonly MemberAlarm[] {
    if (action === 'get') return this.alarms.filter((raised) => alarm === 'none' || raised.alarm === alarm);
    if (alarm === 'none') return [];
    const others = this.alarms.filter((raised) => raised.member !== member || raised.alarm !== alarm);
    const stood = others.length < this.alarms.length;
    this.alarms = action === 'deactivate' ? others : [...others, { member, alarm }].sort(byMember);
    return action === 'activate' || stood ? [{ member, alarm }] : [];
  }

  private put(request: PutRequest): PutResponse {
    const { key } = request;
    const old = this.pair(key);
    const revision = this.revision + 1;
    this.record({
      type: 'put',
      kv: {
        key,
        value: request.ignoreValue ? old!.value : request.value,
        createRevision: old?.createRevision ?? revision,
        modRevision: revision,
        version: (old?.version ?? 0) + 1,
        lease: request.ignoreLease ? old!.lease : request.lease,
      },
      prevKv: null,
    });
    return { kind: 'put', revision, prevKv: request.prevKv ? old : null };
  }

  private deleteRange(key: string, rangeEnd: string, prevKv: boolean): DeleteRangeResponse {
    const gone = this.live(key, rangeEnd);
    for (const pair of gone) this.remove(pair.key);
    return { kind: 'deleteRange', revision: this.seen(), deleted: gone.length, prevKvs: prevKv ? gone : [] };
  }

  /** What a range answers at `revision`, as the store's current one or, if the request names one, with that as its header. */
  range(request: RangeRequest, revision: number): RangeResponse {
    const at = request.revision > 0 ? request.revision : revision;
    const found = this.pairsAt(request.key, request.rangeEnd, at);
    const arranged = request.countOnly ? [] : arrangedAs(request, found);
    const shown = request.limit > 0 ? arranged.slice(0, request.limit) : arranged;
    const kvs = request.keysOnly ? shown.map((kv) => ({ ...kv, value: '' })) : shown;
    return { kind: 'range', revision, kvs, more: shown.length < arranged.length, count: found.length };
  }

  /** What a txn without writes answers at `revision`. */
  readTxn(request: TxnRequest, revision: number): StoreResponse {
    const succeeded = request.compare.every((comparison) => this.holds(comparison, revision));
    const branch = succeeded ? request.success : request.failure;
    const responses = branch.flatMap((operation) => (operation.kind === 'range' ? [this.range(operation, revision)] : []));
    return { kind: 'txn', revision, succeeded, responses };
  }

  private holds(comparison: Compare, revision = this.revision): boolean {
    const pairs = this.pairsAt(comparison.key, comparison.rangeEnd, revision);
    if (pairs.length === 0) return comparison.target === 'value' ? false : compares(0, comparison.operator, comparison.operand);
    return pairs.every((kv) => compares(field(kv, comparison.target), comparison.operator, comparison.operand));
  }

  /** The pair before an event; null when there was none or the event created the key. It must be remembered. */
  previous({ type, kv }: StoreEvent): KeyValue | null {
    if (type === 'put' && kv.version === 1) return null;
    return this.pairsAt(kv.key, '', kv.modRevision - 1)[0] ?? null;
  }

  /** Forgets what only reads below `revision` need. */
  forget(revision: number): void {
    if (revision <= this.forgottenBelow) return;
    this.forgottenBelow = revision;
    let vanished = false;
    for (const [key, changes] of this.history) {
      let first = 0;
      while (first + 1 < changes.length && changes[first + 1]!.kv.modRevision <= revision) first++;
      if (first > 0) changes.splice(0, first);
      const oldest = changes[0]!;
      if (changes.length > 1 || oldest.type === 'put' || oldest.kv.modRevision > revision) continue;
      this.history.delete(key);
      vanished = true;
    }
    if (vanished) this.keys = this.keys.filter((key) => this.history.has(key));
  }

  // ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The revision that the entry being applied shows. */
  private seen(): number {
    return this.changes.length > 0 ? this.revision + 1 : this.revision;
  }

  private pair(key: string): KeyValue | null {
    return this.pairsAt(key, '', this.revision + 1)[0] ?? null;
  }

  private live(key: string, rangeEnd: string): readonly KeyValue[] {
    return this.pairsAt(key, rangeEnd, this.revision + 1);
  }

  private pairsAt(key: string, rangeEnd: string, revision: number): KeyValue[] {
    const pairs: KeyValue[] = [];
    const take = (changes: readonly StoreEvent[] | undefined): void => {
      if (changes === undefined) return;
      let at = changes.length - 1;
      while (at >= 0 && changes[at]!.kv.modRevision > revision) at--;
      const newest = changes[at];
      if (newest !== undefined && newest.type === 'put') pairs.push(newest.kv);
    };
    if (rangeEnd === '') {
      take(this.history.get(key));
      return pairs;
    }
    for (let at = this.place(key); at < this.keys.length; at++) {
      const name = this.keys[at]!;
      if (rangeEnd !== '\0' && name >= rangeEnd) break;
      take(this.history.get(name));
    }
    return pairs;
  }

  private remove(key: string): void {
    const kv = { key, value: '', createRevision: 0, modRevision: this.revision + 1, version: 0, lease: 0 };
    this.record({ type: 'delete', kv, prevKv: null });
  }

  private record(event: StoreEvent): void {
    const { key } = event.kv;
    const changes = this.history.get(key);
    if (changes !== undefined) {
      changes.push(event);
    } else {
      this.history.set(key, [event]);
      this.keys.splice(this.place(key), 0, key);
    }
    this.changes.push(event);
    this.events.push(event);
  }

  /** Position of the first key ≥ `key`. */
  private place(key: string): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Whether a request could make the store grow, whichever branch it takes. */
function addsSomething(request: MutatingRequest | TxnOperation): boolean {
  if (request.kind === 'txn') return [...request.success, ...request.failure].some(addsSomething);
  return request.kind === 'put' || request.kind === 'leaseGrant';
}

function byMember(a: MemberAlarm, b: MemberAlarm): number {
  if (a.member !== b.member) return a.member - b.member;
  return a.alarm < b.alarm ? -1 : 1;
}

/** Filtered and sorted as a range asks for it; and the pairs that etcd never looks at, as the limit stops its scan, left out. */
function arrangedAs(request: RangeRequest, inKeyOrder: readonly KeyValue[]): readonly KeyValue[] {
  const { sortOrder, sortTarget, limit, minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  const isFiltered = minModRevision !== 0 || maxModRevision !== 0 || minCreateRevision !== 0 || maxCreateRevision !== 0;
  const scanned = sortOrder === 'none' && !isFiltered && limit > 0 ? inKeyOrder.slice(0, limit + 1) : inKeyOrder;
  if (!isFiltered && sortTarget === 'key' && sortOrder !== 'descend') return scanned;
  const within = (revision: number, min: number, max: number): boolean =>
    (min === 0 || revision >= min) && (max === 0 || revision <= max);
  const passed = scanned.filter(
    (kv) =>
      within(kv.modRevision, minModRevision, maxModRevision) && within(kv.createRevision, minCreateRevision, maxCreateRevision),
  );
  const direction = sortOrder === 'descend' ? -1 : 1;
  const by = (kv: KeyValue): number | string => (sortTarget === 'key' ? kv.key : field(kv, sortTarget));
  return passed.toSorted((a, b) => direction * (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0));
}

function field(kv: KeyValue, target: Compare['target']): number | string {
  switch (target) {
    case 'version':
      return kv.version;
    case 'create':
      return kv.createRevision;
    case 'mod':
      return kv.modRevision;
    case 'lease':
      return kv.lease;
    case 'value':
      return kv.value;
  }
}

function compares(found: number | string, operator: Compare['operator'], operand: number | string): boolean {
  switch (operator) {
    case '=':
      return found === operand;
    case '!=':
      return found !== operand;
    case '<':
      return found < operand;
    case '>':
      return found > operand;
  }
}
