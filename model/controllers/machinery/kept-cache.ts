/**
 * A controller's cache where a design keeps it in consensus: written down now and then, and never
 * read, since a cache begins with a list.
 */
import { seconds, type Co, type Os } from '../../../sim/index.ts';
import type { ApiClient } from '../../api/client/api-client.ts';
import type { Cache } from '../../api/client/cache.ts';
import type { Design } from '../../design.ts';
import { Placement, type Records } from '../../outside/placement.ts';

/** About as often as admission lets one client do by default. */
const KEEP_EVERY_US = seconds(1);

/** Keeps them where the design says so: as memory of the process alone, unless it says consensus. */
export function keepCaches(os: Os, client: ApiClient, design: Design, caches: () => readonly Cache[]): void {
  const records = new Placement(design, client).inside('controller-cache');
  if (records !== null) os.spawn('cache', keepInside(os, records, caches));
}

function* keepInside(os: Os, records: Records, caches: () => readonly Cache[]): Co<never> {
  for (;;) {
    yield* os.sleep(KEEP_EVERY_US);
    // Whatever becomes of it: the next one holds all of it again.
    yield* records.record('ControllerCache', os.name, { data: JSON.stringify(caches().map((cache) => cache.list())) });
  }
}
