/** Regional stores come to agree: when all regions can talk again, each key has the same version in all of them. */
import type { Monitor, Property, Scene } from '../../../../sim/index.ts';
import { REGIONAL_STORE } from '../../../api/stores.ts';
import type { RegionalStoreView } from '../../../outside/regional/regional-store.ts';

export function regionalConvergence(): Property {
  return {
    id: 'platform/regional-convergence',
    kind: 'eventually',
    title: 'the regional stores come to hold the same',
    monitor: (_report, scene) => monitor(scene),
  };
}

function monitor(scene: Scene): Monitor {
  return {
    pending: () => {
      const names = scene.processes().flatMap(({ name }) => (name.startsWith(REGIONAL_STORE) ? [name] : []));
      const [first, ...others] = names.map((name) => scene.inspect(name) as RegionalStoreView | null);
      if (first === undefined) return null;
      if (first === null) return `${names[0]} is down`;
      for (const [position, other] of others.entries()) {
        const name = names[position + 1] as string;
        if (other === null) return `${name} is down`;
        const differs = difference(first.versions, other.versions);
        if (differs !== null) return `${names[0]} and ${name} do not hold the same under ${differs}`;
      }
      return null;
    },
  };
}

function difference(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): string | null {
  for (const key of Object.keys(a)) if (a[key] !== b[key]) return key;
  for (const key of Object.keys(b)) if (a[key] === undefined) return key;
  return null;
}
