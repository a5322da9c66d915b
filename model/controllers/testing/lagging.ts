/** A controller's cache of one kind that is behind its others, as the caches of two kinds are of two times. */
import { ms, seconds, type Boundary, type Co, type Fault, type Os, type Run } from '../../../sim/index.ts';
import { observedBoundary, type Observation } from '../../api/client/observed.ts';
import type { Design } from '../../design.ts';

/** Over and over one cache alone misses so much that only a list helps, and waits longer before each. */
const CUT_US = [7, 8.5, 10].map((at) => seconds(at));
const MISSED = 6;

export const laggingDesign: Partial<Design> = { resyncUs: seconds(60), watchCacheEvents: 4 };

/** `target` is cut off for a moment, time and again. */
export function lagging(target: string): readonly Fault[] {
  return CUT_US.flatMap((at): readonly Fault[] => [
    { at, do: 'isolate', target, for: ms(500) },
    { at, do: 'reset', target },
  ]);
}

/** Makes so many objects of one kind that it is behind with that kind; ends when it shows what is new of all others. */
export function* lag(os: Os, make: (name: string) => Co<unknown>): Co<void> {
  for (const [cut, atUs] of CUT_US.entries()) {
    yield* os.sleep(atUs + ms(50) - os.monotonicUs());
    for (let n = 0; n < MISSED; n++) os.spawn('more', make(`other-${cut}-${n}`));
  }
  yield* os.sleep(ms(700));
}

/** What a controller comes to see from now on, as `Service web`, in that order: by it a test knows that the cache was behind. */
export function sightings(run: Run, controller: string): readonly string[] {
  const seen: string[] = [];
  run.observe({
    crossed(_, what, body) {
      if (what !== (observedBoundary as Boundary)) return;
      const { controller: who, kind, name } = body as Observation;
      if (who === controller) seen.push(`${kind} ${name}`);
    },
  });
  return seen;
}
