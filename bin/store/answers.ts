/**
 * What the store answers, as etcd's gateway writes it: bytes in base64, 64-bit integers in strings, and no field at its default.
 */
import type {
  DeleteRangeResponse,
  KeyValue,
  LeaseGrantResponse,
  LeaseLeasesResponse,
  LeaseTimeToLiveResponse,
  PutResponse,
  RangeResponse,
  StoreEvent,
  TxnOperationResponse,
  TxnResponse,
} from '../../model/store/machine/requests.ts';
import type { WatchResponse } from '../../model/store/watch/watch-stream.ts';
import { toBase64 } from './fields.ts';
import type { LeaseIds } from './integers.ts';
import type { Json, JsonObject } from './json.ts';

type Fields = Record<string, Json>;

const SECOND_US = 1_000_000;

/** The member that answers; etcd's ids are hashes of where members listen, these say as little. */
export interface Identity {
  readonly clusterId: string;
  readonly memberId: string;
}

export class Answers {
  private readonly identity: Identity;
  private readonly ids: LeaseIds;
  /** Raft's term, which is part of every header. */
  term = 0;

  constructor(identity: Identity, ids: LeaseIds) {
    this.identity = identity;
    this.ids = ids;
  }

  range(response: RangeResponse): JsonObject {
    return { header: this.header(response.revision), ...this.rangeFields(response) };
  }

  put(response: PutResponse): JsonObject {
    return { header: this.header(response.revision), ...this.putFields(response) };
  }

  deleteRange(response: DeleteRangeResponse): JsonObject {
    return { header: this.header(response.revision), ...this.deleteRangeFields(response) };
  }

  txn(response: TxnResponse): JsonObject {
    return { header: this.header(response.revision), ...this.txnFields(response) };
  }

  /** An answer that is nothing but its header: of a compaction or a revoke. */
  bare({ revision }: { readonly revision: number }): JsonObject {
    return { header: this.header(revision) };
  }

  grant({ revision, id, ttlUs }: LeaseGrantResponse): JsonObject {
    return { header: this.header(revision), ID: this.ids.outward(id), ...integer('TTL', toSeconds(ttlUs)) };
  }

  timeToLive({ revision, id, ttlUs, grantedTtlUs, keys }: LeaseTimeToLiveResponse): JsonObject {
    return {
      header: this.header(revision),
      ...text('ID', this.ids.outward(id)),
      ...integer('TTL', toSeconds(ttlUs)),
      ...integer('grantedTTL', toSeconds(grantedTtlUs)),
      ...list('keys', keys.map(toBase64)),
    };
  }

  /** A call that streams: each response stands in a `result`. */
  keepAlive(revision: number, id: number, ttlUs: number): JsonObject {
    return {
      result: { header: this.header(revision), ...text('ID', this.ids.outward(id)), ...integer('TTL', toSeconds(ttlUs)) },
    };
  }

  leases({ revision, ids }: LeaseLeasesResponse): JsonObject {
    return {
      header: this.header(revision),
      ...list(
        'leases',
        ids.map((id) => ({ ID: this.ids.outward(id) })),
      ),
    };
  }

  watch(response: WatchResponse): JsonObject {
    return {
      result: {
        header: this.header(response.revision),
        ...integer('watch_id', response.watchId),
        ...truth('created', response.created),
        ...truth('canceled', response.canceled),
        ...integer('compact_revision', response.compactRevision),
        ...text('cancel_reason', response.cancelReason, ''),
        ...truth('fragment', response.fragment),
        ...list(
          'events',
          response.events.map((event) => this.event(event)),
        ),
      },
    };
  }

  private header(revision: number): JsonObject {
    const { clusterId, memberId } = this.identity;
    return { cluster_id: clusterId, member_id: memberId, ...integer('revision', revision), raft_term: String(this.term) };
  }

  private rangeFields({ kvs, more, count }: RangeResponse): Fields {
    return {
      ...list(
        'kvs',
        kvs.map((kv) => this.keyValue(kv)),
      ),
      ...truth('more', more),
      ...integer('count', count),
    };
  }

  private putFields({ prevKv }: PutResponse): Fields {
    return prevKv === null ? {} : { prev_kv: this.keyValue(prevKv) };
  }

  private deleteRangeFields({ deleted, prevKvs }: DeleteRangeResponse): Fields {
    return {
      ...integer('deleted', deleted),
      ...list(
        'prev_kvs',
        prevKvs.map((kv) => this.keyValue(kv)),
      ),
    };
  }

  private txnFields({ succeeded, responses }: TxnResponse): Fields {
    return {
      ...truth('succeeded', succeeded),
      ...list(
        'responses',
        responses.map((response) => this.operation(response)),
      ),
    };
  }

  /** Inside a txn a header names nobody. */
  private operation(response: TxnOperationResponse): JsonObject {
    const header = integer('revision', response.revision);
    switch (response.kind) {
      case 'range':
        return { response_range: { header, ...this.rangeFields(response) } };
      case 'put':
        return { response_put: { header, ...this.putFields(response) } };
      case 'deleteRange':
        return { response_delete_range: { header, ...this.deleteRangeFields(response) } };
      case 'txn':
        return { response_txn: { header, ...this.txnFields(response) } };
    }
  }

  private event({ type, kv, prevKv }: StoreEvent): JsonObject {
    return {
      ...(type === 'delete' ? { type: 'DELETE' } : {}),
      kv: this.keyValue(kv),
      ...(prevKv === null ? {} : { prev_kv: this.keyValue(prevKv) }),
    };
  }

  private keyValue({ key, createRevision, modRevision, version, value, lease }: KeyValue): JsonObject {
    return {
      ...text('key', toBase64(key), ''),
      ...integer('create_revision', createRevision),
      ...integer('mod_revision', modRevision),
      ...integer('version', version),
      ...text('value', toBase64(value), ''),
      ...text('lease', this.ids.outward(lease)),
    };
  }
}

/** A gateway's error: its message twice, and gRPC's number for its kind. */
export function errorAnswer(message: string, code: number): JsonObject {
  return { error: message, message, code };
}

/** What is left is told in whole seconds, as Go cuts them. */
function toSeconds(durationUs: number): number {
  return durationUs === -1 ? -1 : Math.trunc(durationUs / SECOND_US);
}

function integer(name: string, value: number): Fields {
  return value === 0 ? {} : { [name]: String(value) };
}

function text(name: string, value: string, byDefault = '0'): Fields {
  return value === byDefault ? {} : { [name]: value };
}

function truth(name: string, value: boolean): Fields {
  return value ? { [name]: true } : {};
}

function list(name: string, values: readonly Json[]): Fields {
  return values.length === 0 ? {} : { [name]: values };
}
