/** Reading and writing objects: each operation is one consistent read and one guarded txn of the store. */
import type { CallOutcome, Co, Micros, Os, Refusal } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import type { StoreClient } from '../store/client/client.ts';
import { prefixEnd } from '../store/machine/keys.ts';
import {
  compareNumber,
  deleteRange,
  put,
  range,
  txn,
  type Compare,
  type KeyValue,
  type TxnOperation,
} from '../store/machine/requests.ts';
import type { Admission } from './admission.ts';
import { checkFinalizers, deletionStep, isReleased } from './deletion.ts';
import type { CreateRequest, DeleteRequest, DeleteResponse, ListConsistency, ListResponse, RecordRequest, StatusRequest, UpdateRequest } from './methods.ts';
import { ObservationLeases } from './observation-leases.ts';
import { fenceGuard, fenceRead } from './fences.ts';
import {
  checkMetadata,
  checkName,
  checkSpec,
  checkStatus,
  isResourceKind,
  observationKey,
  fenceKey,
  initialStatus,
  kindPrefix,
  objectKey,
  type Fence,
  type Lease,
  type Metadata,
  type OwnMetadata,
  type Resource,
  type ResourceKind,
} from './resources/index.ts';
import { atVersion, encode, encodeObservation, type Decoder } from './stored.ts';
import type { PlacedStores } from './stores.ts';

/** What a client is to be told. `open`: nobody knows whether the write has happened or will, so nothing may be said. */
export type Answer<T> =
  | { readonly status: 'ok'; readonly value: T }
  | ({ readonly status: 'refused' } & Refusal)
  | { readonly status: 'open' };

/** Attempts at a write that names no version, when others write in between. */
const ATTEMPTS = 5;

/** A write made ready: what it needs to be true, what it does, and what the object then reads like. */
interface PreparedWrite {
  readonly kind: ResourceKind;
  readonly key: string;
  readonly guard: Compare;
  readonly operations: readonly TxnOperation[];
  readonly fence: Fence | null;
}

/** A write of an existing object, and what must be true of that. */
interface ChangeRequest {
  readonly kind: ResourceKind;
  readonly name: string;
  /** Absent or empty: whatever object bears the name. */
  readonly uid?: string;
  /** 0: whatever version. */
  readonly resourceVersion: number;
  readonly fence: Fence | null;
}

/** What a change makes of an object: the same one when there is nothing to do, null when it is to vanish. */
type Decision = (current: Resource) => Resource | null | Refused;

/** The object as it stands after a change, or stood last, and the revision at which it does. */
interface Outcome {
  readonly object: Resource;
  readonly revision: number;
  readonly gone: boolean;
}

/** What an object is to hold. Of the metadata, what is left out stays. */
interface Parts {
  readonly spec: Resource['spec'];
  readonly status: Resource['status'];
  readonly own: OwnMetadata;
}

export class Registry {
  private readonly os: Os;
  private readonly stores: PlacedStores;
  private readonly admission: Admission;
  private readonly observationLeases: ObservationLeases;
  private readonly decoder: Decoder;
  private readonly design: Design;
  private readonly fencing: boolean;
  private readonly ackBeforeCommit: boolean;
  private readonly ackUnknown: boolean;
  private readonly denyUnknown: boolean;
  private readonly readsFailOpen: boolean;

  constructor(os: Os, stores: PlacedStores, decoder: Decoder, admission: Admission, design: Design, defects: DefectSet) {
    this.os = os;
    this.stores = stores;
    this.admission = admission;
    this.observationLeases = new ObservationLeases(os, stores.consensus, design);
    this.decoder = decoder;
    this.design = design;
    this.fencing = design.fencing && !defects.has('no-fencing');
    this.ackBeforeCommit = defects.has('ack-before-commit');
    this.ackUnknown = defects.has('ack-unknown-outcome');
    this.denyUnknown = defects.has('deny-unknown-outcome');
    this.readsFailOpen = defects.has('reads-fail-open');
  }

  *get(kind: ResourceKind, name: string): Co<Answer<Resource>> {
    const read = yield* this.read(kind, name);
    if (read.status !== 'ok') return read;
    return read.value === null ? refused('not-found', `there is no ${kind} ${name}`) : { status: 'ok', value: read.value };
  }

  *list(kind: ResourceKind, consistency: ListConsistency): Co<Answer<ListResponse>> {
    const prefix = kindPrefix(kind);
    const request = range(prefix, { rangeEnd: prefixEnd(prefix), serializable: consistency === 'any' });
    const outcome = yield* this.stores.of(kind).range(request);
    if (outcome.status !== 'ok') return unread(outcome);
    const { revision, kvs } = outcome.value;
    return { status: 'ok', value: { resourceVersion: revision, items: kvs.map((kv) => this.decoder.decode(kv)) } };
  }

  *create(request: CreateRequest): Co<Answer<Resource>> {
    const { name, fence } = request;
    const misplaced = this.admission.byClass(request.kind, request.spec);
    if (misplaced !== null) return { status: 'refused', ...misplaced };
    const kind = request.kind as ResourceKind;
    const badName = checkName(name);
    if (badName !== null) return refused('invalid', badName);
    const spec = checkSpec(kind, request.spec);
    if (!spec.ok) return refused('invalid', spec.problem);

    const own = checkMetadata(request.metadata);
    if (!own.ok) return refused('invalid', own.problem);
    const { labels = {}, finalizers = [], owners = [] } = own.value;
    const metadata: Metadata = { name, uid: this.newUid(), resourceVersion: 0, generation: 1, labels, finalizers, owners, deletionUs: null, deletionGraceUs: null, writtenBy: fence };
    const object: Resource = { kind, metadata, spec: spec.value, status: initialStatus(kind) };
    const text = encode(object);
    const tooLarge = this.admission.bySize(kind, text.length);
    if (tooLarge !== null) return { status: 'refused', ...tooLarge };

    const key = objectKey(kind, name);
    const operations: TxnOperation[] = [put(key, text)];
    if (kind === 'Lease') operations.push(...grant(name, '', (object as Lease).spec.holder));
    const startUs = this.os.monotonicUs();
    const written = yield* this.write({ kind, key, guard: compareNumber(key, 'create', '=', 0), operations, fence }, startUs, 0);
    if (written.status === 'lost') return refused('already-exists', `there is a ${kind} ${name} already`);
    return written.status === 'ok' ? { status: 'ok', value: atVersion(object, written.revision) } : written;
  }

  *update(request: UpdateRequest): Co<Answer<Resource>> {
    const { kind } = request;
    const misplaced = this.admission.byClass(kind, request.spec ?? {});
    if (misplaced !== null) return { status: 'refused', ...misplaced };
    const spec = request.spec === null ? null : checkSpec(kind, request.spec);
    if (spec !== null && !spec.ok) return refused('invalid', spec.problem);
    const own = request.metadata === null ? null : checkMetadata(request.metadata);
    if (own !== null && !own.ok) return refused('invalid', own.problem);

    const outcome = yield* this.change(request, (current) => {
      const { finalizers } = own?.value ?? {};
      const problem = finalizers === undefined ? null : checkFinalizers(current, finalizers);
      if (problem !== null) return refused('invalid', problem);
      return changed(current, { spec: spec?.value ?? current.spec, status: current.status, own: own?.value ?? {} }, request.fence);
    });
    return outcome.status === 'ok' ? { status: 'ok', value: outcome.value.object } : outcome;
  }

  *updateStatus(request: StatusRequest): Co<Answer<Resource>> {
    const misplaced = this.admission.byClass(request.kind, request.status);
    if (misplaced !== null) return { status: 'refused', ...misplaced };
    const status = checkStatus(request.kind, request.status);
    if (!status.ok) return refused('invalid', status.problem);
    const outcome = yield* this.change(request, (current) => changed(current, { spec: current.spec, status: status.value, own: {} }, request.fence));
    return outcome.status === 'ok' ? { status: 'ok', value: outcome.value.object } : outcome;
  }

  *delete(request: DeleteRequest): Co<Answer<DeleteResponse>> {
    const nowUs = this.os.wallUs();
    const outcome = yield* this.change(request, (current) => {
      const step = deletionStep(current, request, nowUs);
      if (step.do === 'remove') return null;
      return step.do === 'nothing' ? current : { ...step.object, metadata: { ...step.object.metadata, writtenBy: request.fence } };
    });
    if (outcome.status !== 'ok') return outcome;
    const { revision, gone } = outcome.value;
    return { status: 'ok', value: { resourceVersion: revision, gone } };
  }

  /** Changes an object as decided of what stands there; again when others write in between, unless the request names a version. */
  private *change(request: ChangeRequest, decide: Decision): Co<Answer<Outcome>> {
    const startUs = this.os.monotonicUs();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const outcome = yield* this.changeOnce(request, decide, startUs);
      if (outcome.status !== 'lost') return outcome;
      if (request.resourceVersion !== 0) break;
    }
    return refused('conflict', `${request.kind} ${request.name} has been changed meanwhile`);
  }

  private *changeOnce(request: ChangeRequest, decide: Decision, startUs: Micros): Co<Answer<Outcome> | Lost> {
    const { kind, name, uid = '', resourceVersion, fence } = request;
    const read = yield* this.read(kind, name);
    if (read.status !== 'ok') return read;
    const current = read.value;
    if (current === null) return refused('not-found', `there is no ${kind} ${name}`);
    const stale = staleness(current, uid, resourceVersion);
    if (stale !== null) return refused('conflict', stale);

    const version = current.metadata.resourceVersion;
    const decided = decide(current);
    if (decided === current) return { status: 'ok', value: { object: current, revision: version, gone: false } };
    if (decided !== null && 'code' in decided) return decided;
    const next = decided === null || isReleased(decided) ? null : decided;

    const key = objectKey(kind, name);
    const operations: TxnOperation[] = [];
    if (next === null) {
      operations.push(deleteRange(key));
    } else {
      const text = encode(next);
      const tooLarge = this.admission.bySize(kind, text.length);
      if (tooLarge !== null) return { status: 'refused', ...tooLarge };
      operations.push(put(key, text));
    }
    // Whoever held a Lease that is deleted has lost it, and must be as unable to act as after a takeover.
    if (kind === 'Lease') operations.push(...grant(name, (current as Lease).spec.holder, (next as Lease | null)?.spec.holder ?? ''));
    const written = yield* this.write({ kind, key, guard: compareNumber(key, 'mod', '=', version), operations, fence }, startUs, version);
    if (written.status !== 'ok') return written;
    const { revision } = written;
    return { status: 'ok', value: { object: next === null ? (decided ?? current) : atVersion(next, revision), revision, gone: next === null } };
  }

  /**
   * Writes an observation, whatever stood there. Only where a design places its class in consensus: there it is an object like any other,
   * but for the end that it has by itself.
   */
  *record(request: RecordRequest): Co<Answer<{ readonly resourceVersion: number }>> {
    const { kind, name, spec } = request;
    const misplaced = isResourceKind(kind) ? { code: 'invalid', message: 'kind: is a resource, to be created' } : this.admission.byClass(kind, spec);
    if (misplaced !== null) return { status: 'refused', ...misplaced };
    const badName = checkName(name);
    if (badName !== null) return refused('invalid', badName);
    const text = encodeObservation(kind, name, this.newUid(), spec);
    const tooLarge = this.admission.bySize(kind, text.length);
    if (tooLarge !== null) return { status: 'refused', ...tooLarge };
    const lease = yield* this.observationLeases.current();
    if (lease === null) return refused('unavailable', 'the store gives no lease');
    const outcome = yield* this.stores.consensus.put(put(observationKey(kind, name), text, { lease }));
    if (outcome.status === 'unknown') return { status: 'open' };
    if (outcome.status === 'ok') return { status: 'ok', value: { resourceVersion: outcome.value.revision } };
    this.observationLeases.forget(lease);
    return unread(outcome);
  }

  /** The object as it is now, or null. A read without an answer has had no effect, which is definite. */
  private *read(kind: ResourceKind, name: string): Co<Answer<Resource | null>> {
    const key = objectKey(kind, name);
    const store = this.stores.of(kind);
    let outcome = yield* store.range(range(key));
    if (outcome.status !== 'ok' && this.readsFailOpen) outcome = yield* store.range(range(key, { serializable: true }));
    if (outcome.status !== 'ok') return unread(outcome);
    const [kv] = outcome.value.kvs;
    return { status: 'ok', value: kv === undefined ? null : this.decoder.decode(kv) };
  }

  /** Commits a write, if its guard and its fence hold. `lost`: the guard does not hold any more. */
  private *write(write: PreparedWrite, startUs: Micros, version: number): Co<Written> {
    const { kind, key, guard, operations, fence } = write;
    // Nobody is waiting for it any more, and what is not begun can be said for certain not to happen.
    if (this.os.monotonicUs() - startUs >= this.design.apiRequestUs) return refused('unavailable', 'the request took too long');
    const compare = [guard];
    const failure: TxnOperation[] = [];
    const store = this.stores.of(kind);
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
    const commit = store.txn(txn(compare, operations, failure));
    if (this.ackBeforeCommit) {
      this.os.spawn(`commit ${key}`, commit);
      return { status: 'ok', revision: version + 1 };
    }
    const outcome = yield* commit;
    if (outcome.status === 'unknown' && !this.denyUnknown) return this.ackUnknown ? { status: 'ok', revision: version + 1 } : { status: 'open' };
    if (outcome.status !== 'ok') return unread(outcome);
    const { succeeded, revision, responses } = outcome.value;
    if (succeeded) return { status: 'ok', revision };
    const [granted] = responses;
    if (fence !== null && granted?.kind === 'range') {
      const refusal = outdated(fence, granted.kvs[0]);
      if (refusal !== null) return refusal;
    }
    return { status: 'lost' };
  }

  /** Where tokens stand in another store than what is written, no txn compares them: all that can be done is to look first. */
  private *fencedElsewhere(tokens: StoreClient, fence: Fence): Co<Refusal & { readonly status: 'refused' } | null> {
    const read = yield* tokens.range(fenceRead(fence));
    return read.status === 'ok' ? outdated(fence, read.value.kvs[0]) : unread(read);
  }

  /** Unique over all time but for a chance of one in 2^64. */
  private newUid(): string {
    const stream = this.os.random('uid');
    const word = (): string => (stream.int32() >>> 0).toString(16).padStart(8, '0');
    return word() + word();
  }
}

interface Lost {
  readonly status: 'lost';
}

type Written = { readonly status: 'ok'; readonly revision: number } | Lost | Exclude<Answer<never>, { status: 'ok' }>;

type Refused = Refusal & { readonly status: 'refused' };

function refused(code: string, message: string): Refused {
  return { status: 'refused', code, message };
}

/** What to say when nothing was learnt and nothing was done. */
function unread(outcome: Exclude<CallOutcome<unknown>, { status: 'ok' }>): Refused {
  const why = outcome.status === 'refused' ? `${outcome.code}: ${outcome.message}` : outcome.status;
  return refused('unavailable', `the store did not answer: ${why}`);
}

/** Refuses an authority that is not what stands at its key. */
function outdated(fence: Fence, kv: KeyValue | undefined): (Refusal & { readonly status: 'refused' }) | null {
  const token = (fence.session === undefined ? kv?.modRevision : kv?.createRevision) ?? 0;
  return token === fence.token ? null : refused('fenced', `token ${fence.token} of ${fence.role} is not the newest: its key has ${token}`);
}

function staleness(current: Resource, uid: string, resourceVersion: number): string | null {
  const { metadata, kind } = current;
  if (uid !== '' && uid !== metadata.uid) return `${kind} ${metadata.name} is another one now, ${metadata.uid}`;
  if (resourceVersion !== 0 && resourceVersion !== metadata.resourceVersion) {
    return `${kind} ${metadata.name} is at version ${metadata.resourceVersion}, not ${resourceVersion}`;
  }
  return null;
}

/** The object with other parts; itself when none differs. A generation counts changes of the spec alone. */
function changed(current: Resource, { spec, status, own }: Parts, writtenBy: Fence | null): Resource {
  const newSpec = differs(spec, current.spec);
  const { generation, labels, finalizers, owners } = current.metadata;
  const newMetadata = differs(own.labels ?? labels, labels) || differs(own.finalizers ?? finalizers, finalizers) || differs(own.owners ?? owners, owners);
  if (!newSpec && !newMetadata && !differs(status, current.status)) return current;
  const metadata = { ...current.metadata, generation: newSpec ? generation + 1 : generation, ...own, writtenBy };
  const next = { ...current, metadata, spec, status };
  if (current.kind !== 'Lease') return next;
  const isSameHolder = (current as Lease).spec.holder === (next as Lease).spec.holder;
  return isSameHolder ? next : { ...next, status: { token: 0 } };
}

/** Most parts of most writes are the very ones that were there, of which no text needs to be made. */
function differs<T>(part: T, before: T): boolean {
  return part !== before && JSON.stringify(part) !== JSON.stringify(before);
}

/** Beside a change of a Lease's holder the fence is put, whose revision is the new token. */
function grant(role: string, from: string, to: string): readonly TxnOperation[] {
  return from === to ? [] : [put(fenceKey(role), to)];
}
