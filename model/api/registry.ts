/** Writing objects: each operation is decided of what stands there, checked, and committed by one guarded txn of the store. */
import type { Co, Micros, Os } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { compareNumber, compareValue, deleteRange, put, range, txn, type TxnOperation } from '../store/machine/requests.ts';
import type { Admission } from './admission.ts';
import { refused, unread, type Answer, type Refused } from './answer.ts';
import { grant, type Committer, type PreparedWrite } from './commit.ts';
import { checkFinalizers, checkOptions, deletionStep, isReleased } from './deletion.ts';
import type { CreateRequest, DeleteRequest, DeleteResponse, RecordRequest, StatusRequest, UpdateRequest } from './methods.ts';
import { ObservationLeases } from './observation-leases.ts';
import type { Reader } from './reads.ts';
import { orderOf } from './record-order.ts';
import { classOfOutsideKind } from './state-classes.ts';
import {
  checkMetadata,
  checkName,
  checkSpec,
  checkSpecChange,
  checkStatus,
  isResourceKind,
  observationKey,
  initialStatus,
  objectKey,
  type Fence,
  type Lease,
  type Metadata,
  type OwnMetadata,
  type Resource,
  type ResourceKind,
  type OutsideContent,
  type OutsideKind,
} from './resources/index.ts';
import { atVersion, decode, encode, encodeObservation, observationPrefix } from './stored.ts';
import type { PlacedStores } from './stores.ts';
import type { WatchCaches } from './watch-caches.ts';

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

interface ChangeOf extends PreparedWrite {
  /** The object as it reads afterwards, but for its version; null when it vanishes. */
  readonly next: Resource | null;
  /** Then as it was last. */
  readonly last: Resource;
}

/** What an object is to hold. Of the metadata, what is left out stays. */
interface Parts {
  readonly spec: Resource['spec'];
  readonly status: Resource['status'];
  readonly own: OwnMetadata;
}

export interface RegistryOptions {
  readonly os: Os;
  readonly stores: PlacedStores;
  readonly caches: WatchCaches;
  readonly reader: Reader;
  readonly committer: Committer;
  readonly admission: Admission;
  readonly design: Design;
  readonly defects: DefectSet;
}

/** Each write is of a request that the server received at `receivedUs`: after `apiRequestUs` it is not begun any more. */
export class Registry {
  private readonly os: Os;
  private readonly stores: PlacedStores;
  private readonly caches: WatchCaches;
  private readonly reader: Reader;
  private readonly committer: Committer;
  private readonly admission: Admission;
  private readonly observationLeases: ObservationLeases;
  private readonly ignoresFinalizers: boolean;
  private readonly ignoresUid: boolean;

  constructor({ os, stores, caches, reader, committer, admission, design, defects }: RegistryOptions) {
    this.os = os;
    this.stores = stores;
    this.caches = caches;
    this.reader = reader;
    this.committer = committer;
    this.admission = admission;
    this.observationLeases = new ObservationLeases(os, stores.consensus, design);
    this.ignoresFinalizers = defects.has('deletion-ignores-finalizers');
    this.ignoresUid = defects.has('deletion-ignores-uid');
  }

  *create(request: CreateRequest, receivedUs: Micros): Co<Answer<Resource>> {
    const { name, fence } = request;
    const misplaced = this.admission.byClass(request.kind, 'spec', request.spec);
    if (misplaced !== null) return { status: 'refused', ...misplaced };
    const kind = request.kind as ResourceKind;
    const badName = checkName(name);
    if (badName !== null) return refused('invalid', badName);
    const spec = checkSpec(kind, request.spec);
    if (!spec.ok) return refused('invalid', spec.problem);

    const own = checkMetadata(request.metadata);
    if (!own.ok) return refused('invalid', own.problem);
    const { labels = {}, finalizers = [], owners = [] } = own.value;
    const metadata: Metadata = {
      name,
      uid: this.newUid(),
      resourceVersion: 0,
      generation: 1,
      labels,
      finalizers,
      owners,
      deletionUs: null,
      deletionGraceUs: null,
      writtenBy: fence,
    };
    const object: Resource = { kind, metadata, spec: spec.value, status: initialStatus(kind) };
    const text = encode(object);
    const tooLarge = this.admission.bySize(kind, text.length);
    if (tooLarge !== null) return { status: 'refused', ...tooLarge };

    const key = objectKey(kind, name);
    const operations: TxnOperation[] = [put(key, text)];
    if (kind === 'Lease') operations.push(...grant(name, '', (object as Lease).spec.holder));
    const written = yield* this.committer.commit(
      { kind, key, guard: compareNumber(key, 'create', '=', 0), operations, fence, version: 0 },
      receivedUs,
    );
    if (written.status === 'lost') return refused('already-exists', `there is a ${kind} ${name} already`);
    return written.status === 'ok' ? { status: 'ok', value: atVersion(object, written.revision) } : written;
  }

  *update(request: UpdateRequest, receivedUs: Micros): Co<Answer<Resource>> {
    const { kind } = request;
    const misplaced = this.admission.byClass(kind, 'spec', request.spec);
    if (misplaced !== null) return { status: 'refused', ...misplaced };
    const spec = request.spec === null ? null : checkSpec(kind, request.spec);
    if (spec !== null && !spec.ok) return refused('invalid', spec.problem);
    const own = request.metadata === null ? null : checkMetadata(request.metadata);
    if (own !== null && !own.ok) return refused('invalid', own.problem);

    const outcome = yield* this.change(request, receivedUs, (current) => {
      const { finalizers } = own?.value ?? {};
      const problem =
        (finalizers === undefined ? null : checkFinalizers(current, finalizers)) ??
        (spec === null ? null : checkSpecChange(kind, spec.value, current.spec));
      if (problem !== null) return refused('invalid', problem);
      return changed(
        current,
        { spec: spec?.value ?? current.spec, status: current.status, own: own?.value ?? {} },
        request.fence,
      );
    });
    return outcome.status === 'ok' ? { status: 'ok', value: outcome.value.object } : outcome;
  }

  *updateStatus(request: StatusRequest, receivedUs: Micros): Co<Answer<Resource>> {
    const misplaced = this.admission.byClass(request.kind, 'status', request.status);
    if (misplaced !== null) return { status: 'refused', ...misplaced };
    const status = checkStatus(request.kind, request.status);
    if (!status.ok) return refused('invalid', status.problem);
    const outcome = yield* this.change(request, receivedUs, (current) =>
      changed(current, { spec: current.spec, status: status.value, own: {} }, request.fence),
    );
    return outcome.status === 'ok' ? { status: 'ok', value: outcome.value.object } : outcome;
  }

  *delete(request: DeleteRequest, receivedUs: Micros): Co<Answer<DeleteResponse>> {
    const problem = checkOptions(request);
    if (problem !== null) return refused('invalid', problem);
    const nowUs = this.os.wallUs();
    const outcome = yield* this.change(request, receivedUs, (current) => {
      const step = deletionStep(current, request, nowUs);
      if (step.do === 'remove' || this.ignoresFinalizers) return null;
      return step.do === 'nothing'
        ? current
        : { ...step.object, metadata: { ...step.object.metadata, writtenBy: request.fence } };
    });
    if (outcome.status !== 'ok') return outcome;
    const { revision, gone } = outcome.value;
    return { status: 'ok', value: { resourceVersion: revision, gone } };
  }

  /**
   * Changes an object as decided of what stands there; again when others write in between, unless the request names a version.
   */
  private *change(request: ChangeRequest, receivedUs: Micros, decide: Decision): Co<Answer<Outcome>> {
    const { kind, name, resourceVersion } = request;
    // The txn finds out whether the cache is behind (etcd3 store, GuaranteedUpdate). What needs no txn
    // must be decided of what the store has.
    const guess = this.caches.glance(kind, name);
    let prepared = guess === null ? null : this.prepare(request, decide, guess);
    if (prepared === null || 'status' in prepared) {
      const read = yield* this.reader.current(kind, name);
      if (read.status !== 'ok') return read;
      prepared = this.prepare(request, decide, read.value);
    }
    while (!('status' in prepared)) {
      const written = yield* this.committer.commit(prepared, receivedUs);
      if (written.status === 'ok') return { status: 'ok', value: outcomeOf(prepared, written.revision) };
      if (written.status !== 'lost') return written;
      if (resourceVersion !== 0) return refused('conflict', `${kind} ${name} has been changed meanwhile`);
      prepared = this.prepare(request, decide, written.current === null ? null : decode(this.os, written.current));
    }
    return prepared;
  }

  /** The write that a request comes down to, or what it is answered without one. */
  private prepare(request: ChangeRequest, decide: Decision, current: Resource | null): ChangeOf | Answer<Outcome> {
    const { kind, name, uid = '', resourceVersion, fence } = request;
    if (current === null) return refused('not-found', `there is no ${kind} ${name}`);
    const stale = staleness(current, this.ignoresUid ? '' : uid, resourceVersion);
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
    if (kind === 'Lease')
      operations.push(...grant(name, (current as Lease).spec.holder, (next as Lease | null)?.spec.holder ?? ''));
    return {
      kind,
      key,
      guard: compareNumber(key, 'mod', '=', version),
      operations,
      fence,
      version,
      last: decided ?? current,
      next,
    };
  }

  /** An observation that stands in consensus. */
  *readRecord(kind: OutsideKind, name: string): Co<Answer<OutsideContent>> {
    const outcome = yield* this.stores.consensus.range(range(observationKey(kind, name)));
    if (outcome.status !== 'ok') return unread(outcome);
    const [kv] = outcome.value.kvs;
    return kv === undefined
      ? refused('not-found', `there is no ${kind} ${name}`)
      : { status: 'ok', value: (JSON.parse(kv.value) as { readonly spec: OutsideContent }).spec };
  }

  /**
   * Writes an observation, whatever stood there, unless that says more. Only where a design places its class in consensus: there
   * it is an object like any other, but for the end that it has by itself.
   */
  *record(request: RecordRequest, receivedUs: Micros): Co<Answer<{ readonly resourceVersion: number }>> {
    const { kind, name, spec } = request;
    const misplaced = isResourceKind(kind)
      ? { code: 'invalid', message: 'kind: is a resource, to be created' }
      : this.admission.byClass(kind, 'spec', spec);
    if (misplaced !== null) return { status: 'refused', ...misplaced };
    const badName = checkName(name);
    if (badName !== null) return refused('invalid', badName);
    const text = encodeObservation(kind, name, this.newUid(), spec);
    const tooLarge = this.admission.bySize(kind, text.length);
    if (tooLarge !== null) return { status: 'refused', ...tooLarge };
    // Images are asked for by name for as long as somebody runs them.
    const lease = classOfOutsideKind(kind)?.id === 'images-and-manifests' ? 0 : yield* this.observationLeases.current();
    if (lease === null) return refused('unavailable', 'the store gives no lease');
    // It may have waited for that.
    const late = this.committer.late(receivedUs);
    if (late !== null) return late;
    const key = observationKey(kind, name);
    const order = orderOf(kind, spec.data);
    const written = put(key, text, { lease });
    const { consensus } = this.stores;
    // Of a missing key no comparison of its value holds.
    const outcome =
      order === null
        ? yield* consensus.put(written)
        : yield* consensus.txn(txn([compareValue(key, '>', observationPrefix(order))], [], [written]));
    if (outcome.status === 'unknown') return { status: 'open' };
    if (outcome.status === 'ok') return { status: 'ok', value: { resourceVersion: outcome.value.revision } };
    this.observationLeases.forget(lease);
    return unread(outcome);
  }

  /** Unique over all time but for a chance of one in 2^64. */
  private newUid(): string {
    const stream = this.os.random('uid');
    const word = (): string => (stream.int32() >>> 0).toString(16).padStart(8, '0');
    return word() + word();
  }
}

function outcomeOf({ next, last }: ChangeOf, revision: number): Outcome {
  return { object: next === null ? last : atVersion(next, revision), revision, gone: next === null };
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
  const newMetadata =
    differs(own.labels ?? labels, labels) ||
    differs(own.finalizers ?? finalizers, finalizers) ||
    differs(own.owners ?? owners, owners);
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
