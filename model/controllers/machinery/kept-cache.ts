/** A controller's cache where a design keeps it in consensus: written down now and then, and never read, since a cache begins with a list. */
import { seconds, type Co, type Os } from '../../../sim/index.ts';
import { placementOf } from '../../api/state-classes.ts';
import type { Design } from '../../design.ts';
import type { ApiClient } from './api-client.ts';
import type { Cache } from './cache.ts';

/** About as often as admission lets one client do by default. */
const KEEP_EVERY_US = seconds(1);

/** Keeps them where the design says so: as memory of the process alone, unless it says consensus. */
export function keepCaches(os: Os, client: ApiClient, design: Design, caches: () => readonly Cache[]): void {
  if (placementOf('controller-cache', design) === 'consensus') os.spawn('cache', keepInside(os, client, caches));
}

function* keepInside(os: Os, client: ApiClient, caches: () => readonly Cache[]): Co<never> {
  for (;;) {
    yield* os.sleep(KEEP_EVERY_US);
    // Whatever becomes of it: the next one holds all of it again.
    yield* client.record('ControllerCache', os.name, { data: JSON.stringify(caches().map((cache) => cache.list())) });
  }
}
