/** What several properties of a run build on: made when the first of them asks for it. */
import type { History, Scene } from '../../../sim/index.ts';

/** A run has one history: it stands for the run, and what was made lives as long as it. */
export function oncePerRun<Shared>(make: (scene: Scene) => Shared): (scene: Scene) => Shared {
  const made = new WeakMap<History, { readonly shared: Shared }>();
  return (scene) => {
    const run = scene.history();
    let kept = made.get(run);
    if (kept === undefined) {
      kept = { shared: make(scene) };
      made.set(run, kept);
    }
    return kept.shared;
  };
}
