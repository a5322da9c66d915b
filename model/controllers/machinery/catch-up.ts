/** What a new leader waits for before it acts on its caches: that they show whatever its predecessors have written. */
import { ms, type Co } from '../../../sim/index.ts';
import type { Cache } from '../../api/client/cache.ts';
import type { Resource, ResourceKind } from '../../api/resources/index.ts';
import { reconciledBy, type ControllerTools, type Reconciled } from './controller.ts';

const LOOK_AGAIN_US = ms(50);
const LOOKS = 20;

/**
 * Ends when the cache is as new as a list that was asked for under the new authority. From its grant on nobody can write under an
 * older one, so nothing of a predecessor's is missing from that list.
 */
export function* catchUp(tools: ControllerTools, kind: ResourceKind): Co<Reconciled> {
  const listed = yield* tools.client.list(kind);
  if (listed.status !== 'ok') return reconciledBy(listed);
  const { items, resourceVersion } = listed.value;
  for (let look = 0; look < LOOKS; look++) {
    if (shows(tools.cache(kind), items, resourceVersion)) return 'done';
    yield* tools.os.sleep(LOOK_AGAIN_US);
  }
  return 'retry';
}

/** Of several kinds, one after the other. */
export function* catchUpAll(tools: ControllerTools, kinds: readonly ResourceKind[]): Co<Reconciled> {
  for (const kind of kinds) {
    const result = yield* catchUp(tools, kind);
    if (result !== 'done') return result;
  }
  return 'done';
}

function shows(cache: Cache, items: readonly Resource[], resourceVersion: number): boolean {
  const listed = new Set<string>();
  for (const { metadata } of items) {
    listed.add(metadata.name);
    const known = cache.get(metadata.name);
    if (known === undefined || known.metadata.resourceVersion < metadata.resourceVersion) return false;
  }
  return cache.list().every(({ metadata }) => listed.has(metadata.name) || metadata.resourceVersion > resourceVersion);
}
