/**
 * What the store's most frequent messages put into the digest of a run. A stored value is told by its revisions and its length:
 * the text itself went into the digest with the request that wrote it, and is not read through again for each watch and answer.
 */
import type { Digest } from '../../../sim/index.ts';
import type { WatchItem } from './methods.ts';
import { isInKeyOrder } from '../machine/range-order.ts';
import type { KeyValue, RangeRequest, RangeResponse, TxnOperationResponse, TxnResponse } from '../machine/requests.ts';

const PUT = 1;
const DELETE_RANGE = 2;

export function digestRange(request: RangeRequest, digest: Digest): void {
  digest.string(request.key);
  digest.string(request.rangeEnd);
  digest.number(request.revision);
  digest.number(request.limit);
  const shape = (request.keysOnly ? 1 : 0) | (request.countOnly ? 2 : 0) | (request.serializable ? 4 : 0);
  if (isInKeyOrder(request)) {
    digest.int(shape);
    return;
  }
  digest.int(shape | 8);
  digest.string(request.sortOrder);
  digest.string(request.sortTarget);
  digest.number(request.minModRevision);
  digest.number(request.maxModRevision);
  digest.number(request.minCreateRevision);
  digest.number(request.maxCreateRevision);
}

export function digestRangeResponse({ revision, kvs, more, count }: RangeResponse, digest: Digest): void {
  digest.number(revision);
  digest.int(more ? ~count : count);
  digestPairs(kvs, digest);
}

export function digestTxnResponse({ revision, succeeded, responses }: TxnResponse, digest: Digest): void {
  digest.number(revision);
  digest.int(succeeded ? ~responses.length : responses.length);
  for (let at = 0; at < responses.length; at++) digestPart(responses[at]!, digest);
}

export function digestWatchItem(item: WatchItem, digest: Digest): void {
  digest.string(item.watch.id);
  switch (item.type) {
    case 'events':
      digest.number(item.fragment ? -item.revision : item.revision);
      for (let at = 0; at < item.events.length; at++) {
        const { type, kv, prevKv } = item.events[at]!;
        digest.int(type === 'put' ? PUT : DELETE_RANGE);
        digestPair(kv, digest);
        if (prevKv !== null) digestPair(prevKv, digest);
      }
      return;
    case 'created':
    case 'progress':
      digest.number(item.revision);
      return;
    case 'compacted':
      digest.number(-item.compactRevision);
  }
}

function digestPart(part: TxnOperationResponse, digest: Digest): void {
  switch (part.kind) {
    case 'put':
      digest.int(PUT);
      if (part.prevKv !== null) digestPair(part.prevKv, digest);
      return;
    case 'deleteRange':
      digest.int(DELETE_RANGE);
      digest.int(part.deleted);
      digestPairs(part.prevKvs, digest);
      return;
    case 'range':
      digestRangeResponse(part, digest);
      return;
    case 'txn':
      digestTxnResponse(part, digest);
  }
}

function digestPairs(kvs: readonly KeyValue[], digest: Digest): void {
  digest.int(kvs.length);
  for (let at = 0; at < kvs.length; at++) digestPair(kvs[at]!, digest);
}

function digestPair({ key, value, createRevision, modRevision, version, lease }: KeyValue, digest: Digest): void {
  digest.string(key);
  digest.int(value.length);
  digest.number(createRevision);
  digest.number(modRevision);
  digest.number(version);
  digest.number(lease);
}
