/** Reading objects, as fresh as is asked for: from the store, or from a watch cache once that is so fresh. */
import type { CallOutcome, Co, Micros, Os, Refusal } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { prefixEnd } from '../store/machine/keys.ts';
import { range } from '../store/machine/requests.ts';
import { refused, unread, type Answer, type Refused } from './answer.ts';
import type { GetRequest, ListRequest, ListResponse } from './methods.ts';
import { kindPrefix, objectKey, type Resource, type ResourceKind } from './resources/index.ts';
import { decode } from './stored.ts';
import type { PlacedStores } from './stores.ts';
import type { WatchCache } from './watch-cache.ts';
import type { WatchCaches } from './watch-caches.ts';

/** What of a kind the store is asked for: all of it, as it is now, when nothing is said. */
interface StoreList {
  readonly revision?: number;
  readonly limit?: number;
  /** Name of the object behind which to begin. */
  readonly after?: string;
  readonly serializable?: boolean;
}

export class Reader {
  private readonly stores: PlacedStores;
  private readonly caches: WatchCaches;
  private readonly os: Os;
  private readonly design: Design;
  private readonly readsFailOpen: boolean;
  private readonly waitsForNothing: boolean;
  private readonly anyFromMember: boolean;

  constructor(os: Os, stores: PlacedStores, caches: WatchCaches, design: Design, defects: DefectSet) {
    this.stores = stores;
    this.caches = caches;
    this.os = os;
    this.design = design;
    this.readsFailOpen = defects.has('reads-fail-open');
    this.waitsForNothing = defects.has('consistent-read-from-stale-cache');
    this.anyFromMember = defects.has('any-read-from-a-member');
  }

  *get({ kind, name, consistency = 'linearizable', resourceVersion = 0 }: GetRequest): Co<Answer<Resource>> {
    if (consistency === 'linearizable') {
      const read = yield* this.current(kind, name);
      if (read.status !== 'ok') return read;
      return read.value === null ? missing(kind, name) : { status: 'ok', value: read.value };
    }
    const cache = this.caches.of(kind);
    const refusal = yield* this.notReady(cache, consistency === 'any' ? 0 : resourceVersion);
    if (refusal !== null) return refusal;
    const object = cache.get(name);
    return object === undefined ? missing(kind, name) : { status: 'ok', value: object };
  }

  /** Of a request that the server received at `receivedUs`. */
  *list(request: ListRequest, receivedUs: Micros): Co<Answer<ListResponse>> {
    const problem = whatIsWrong(request);
    if (problem !== null) return refused('invalid', problem);
    const { kind, consistency = 'linearizable', resourceVersion = 0, limit = 0, continueFrom = '' } = request;
    if (continueFrom !== '') return yield* this.nextPage(kind, continueFrom, limit);
    switch (consistency) {
      case 'linearizable':
        return limit > 0 ? yield* this.fromStore(kind, { limit }) : yield* this.consistent(kind, receivedUs);
      case 'exact':
        return yield* this.fromStore(kind, { revision: resourceVersion, limit });
      case 'any':
      case 'not-older': {
        if (this.anyFromMember && consistency === 'any') return yield* this.fromStore(kind, { serializable: true });
        const cache = this.caches.of(kind);
        const refusal = yield* this.notReady(cache, consistency === 'any' ? 0 : resourceVersion);
        return refusal ?? listed(cache);
      }
    }
  }

  /** The object as the store has it now, or null. A read without an answer has had no effect, which is definite. */
  *current(kind: ResourceKind, name: string): Co<Answer<Resource | null>> {
    const key = objectKey(kind, name);
    const store = this.stores.ofObject(kind, name);
    let outcome = yield* store.range(range(key));
    if (outcome.status !== 'ok' && this.readsFailOpen) outcome = yield* store.range(range(key, { serializable: true }));
    if (outcome.status !== 'ok') return unread(outcome);
    const [kv] = outcome.value.kvs;
    return { status: 'ok', value: kv === undefined ? null : decode(this.os, kv) };
  }

  /**
   * The store's majority says at which revision it is; as soon as the watch cache has come there, it answers (KEP-2340). A cache
   * that does not come there in time leaves the answer to the store.
   */
  private *consistent(kind: ResourceKind, receivedUs: Micros): Co<Answer<ListResponse>> {
    const prefix = kindPrefix(kind);
    const cache = this.caches.of(kind);
    const asked = yield* this.stores.of(kind).range(range(prefix, { rangeEnd: prefixEnd(prefix), countOnly: true }));
    if (asked.status !== 'ok') return unread(asked);
    if (this.waitsForNothing && cache.ready) return listed(cache);
    if (yield* cache.fresh(asked.value.revision, this.design.freshnessUs)) return listed(cache);
    // Nobody waits for it any more.
    if (this.os.monotonicUs() - receivedUs >= this.design.apiRequestUs)
      return refused('unavailable', 'the request took too long');
    return yield* this.fromStore(kind, {});
  }

  /** Null when the cache holds everything up to a version. */
  private *notReady(cache: WatchCache, version: number): Co<Refused | null> {
    if (yield* cache.fresh(version, this.design.freshnessUs)) return null;
    if (!cache.ready) return refused('unavailable', `the watch cache of ${cache.kind} is not ready`);
    return refused('too-large-version', `too large a version: ${version}, and this server is at ${cache.version}`);
  }

  private *fromStore(
    kind: ResourceKind,
    { revision = 0, limit = 0, after = '', serializable = false }: StoreList,
  ): Co<Answer<ListResponse>> {
    const prefix = kindPrefix(kind);
    // The first key behind the last one of the page before.
    const from = after === '' ? prefix : `${objectKey(kind, after)}\0`;
    const outcome = yield* this.stores
      .of(kind)
      .range(range(from, { rangeEnd: prefixEnd(prefix), revision, limit, serializable }));
    if (outcome.status !== 'ok') return unlisted(outcome, revision);
    const { kvs, more } = outcome.value;
    const resourceVersion = revision === 0 ? outcome.value.revision : revision;
    const items = kvs.map((kv) => decode(this.os, kv));
    const last = more ? items.at(-1) : undefined;
    return {
      status: 'ok',
      value: { resourceVersion, items, continueFrom: last === undefined ? '' : `${resourceVersion}:${last.metadata.name}` },
    };
  }

  private *nextPage(kind: ResourceKind, token: string, limit: number): Co<Answer<ListResponse>> {
    const [, revision, after] = /^([1-9]\d*):(.+)$/.exec(token) ?? [];
    if (revision === undefined || after === undefined) return refused('invalid', 'continueFrom: is not what a page gave');
    return yield* this.fromStore(kind, { revision: Number(revision), limit, after });
  }
}

/** In what a list asks for; null when nothing is. */
function whatIsWrong({ consistency, resourceVersion = 0, limit = 0, continueFrom = '' }: ListRequest): string | null {
  if (!Number.isSafeInteger(resourceVersion) || resourceVersion < 0)
    return 'resourceVersion: should be a whole number, from 0 on';
  if (!Number.isSafeInteger(limit) || limit < 0) return 'limit: should be a whole number, from 0 on';
  if (consistency === 'exact' && resourceVersion === 0) return 'resourceVersion: is needed for an exact list';
  // A page is of the version of the first one.
  return continueFrom !== '' && resourceVersion !== 0 ? 'resourceVersion: cannot be named beside continueFrom' : null;
}

function missing(kind: ResourceKind, name: string): Refused {
  return refused('not-found', `there is no ${kind} ${name}`);
}

function listed(cache: WatchCache): Answer<ListResponse> {
  return { status: 'ok', value: { resourceVersion: cache.version, items: cache.list(), continueFrom: '' } };
}

/** What the store says of a state that it does not show. */
function unlisted(
  outcome: Exclude<CallOutcome<unknown>, { status: 'ok' }>,
  revision: number,
): Refusal & { readonly status: 'refused' } {
  if (outcome.status === 'refused' && outcome.code === 'ErrCompacted')
    return refused('gone', `version ${revision} is compacted: list again`);
  if (outcome.status === 'refused' && outcome.code === 'ErrFutureRev')
    return refused('too-large-version', `too large a version: ${revision}`);
  return unread(outcome);
}
