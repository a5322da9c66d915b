/** Regional stores come to agree: when all regions can talk again, each key has the same version in all of them. */
import type { Monitor, Property, Scene } from '../../../../sim/index.ts';
import { REGIONAL_STORE } from '../../../api/stores.ts';
import type { RegionalStoreView } from '../../../outside/regional/regional-store.ts';

export function regionalConvergence(): Property {
  return {
    id: 'platform/regional-convergence',
    kind: 'eventually',
    title: 'all regional stores come to hold the same data',
    monitor: (_report, scene) => monitor(scene),
  };
}

function monitor(scene: Scene): Monitor {
  return {
    *waits() {
      const names = scene.processes().flatMap(({ name }) => (name.startsWith(REGIONAL_STORE) ? [name] : []));
      const [first, ...others] = names.map((name) => scene.inspect(name) as RegionalStoreView | null);
      if (first === undefined) return;
      if (first === null) {
        yield `${names[0]} is down`;
        return;
      }
      for (const [position, other] of others.entries()) {
        const name = names[position + 1] as string;
        if (other === null) yield `${name} is down`;
        else
          for (const key of differences(first.versions, other.versions))
            yield `${names[0]} and ${name} do not hold the same under ${key}`;
      }
    },
  };
}

function* differences(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): Iterable<string> {
  for (const key of Object.keys(a)) if (a[key] !== b[key]) yield key;
  for (const key of Object.keys(b)) if (a[key] === undefined) yield key;
}
