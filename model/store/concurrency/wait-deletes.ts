/** Waiting for one's turn: until all keys under a prefix that are older than one's own are gone (etcd's `concurrency/key.go`). */
import type { CallOutcome, Co } from '../../../sim/index.ts';
import type { StoreClient } from '../client/client.ts';
import { prefixEnd } from '../machine/keys.ts';
import { range } from '../machine/requests.ts';
import { watchRequest } from '../watch/watch-requests.ts';

/**
 * Waits for the youngest key with a create revision ≤ `maxCreateRevision` to be deleted, and so on, until there is none. Each
 * waits for its predecessor only, so that a deletion wakes one waiter and not all. Answers the revision at which there was none;
 * that says nothing of one's own key.
 */
export function* waitDeletes(client: StoreClient, prefix: string, maxCreateRevision: number): Co<CallOutcome<number>> {
  const youngest = range(prefix, {
    rangeEnd: prefixEnd(prefix),
    sortTarget: 'create',
    sortOrder: 'descend',
    limit: 1,
    maxCreateRevision,
  });
  for (;;) {
    const found = yield* client.range(youngest);
    if (found.status !== 'ok') return found;
    const { kvs, revision } = found.value;
    const [predecessor] = kvs;
    if (predecessor === undefined) return { status: 'ok', value: revision };
    const lost = yield* waitDelete(client, predecessor.key, revision);
    if (lost !== null) return lost;
  }
}

/** Waits until a key is deleted at or after a revision; what went wrong, or null. */
function* waitDelete(client: StoreClient, key: string, startRevision: number): Co<CallOutcome<never> | null> {
  const end = yield* client.watchFrom(watchRequest(key, { startRevision }), (item) => {
    return !(item.type === 'events' && item.events.some(({ type }) => type === 'delete'));
  });
  switch (end.type) {
    case 'stopped':
      return null;
    case 'compacted':
      return { status: 'refused', code: 'ErrCompacted', message: `what became of ${key} is compacted away` };
    case 'refused':
      return { status: 'refused', code: end.code, message: end.message };
  }
}
