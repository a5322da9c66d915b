/** Watch progress: whoever waits to hear that a watch has seen all up to a revision hears it, once faults are over. */
import type { Micros, Monitor, Operation, Property, Scene } from '../../../sim/index.ts';

/** What a wait is called in the history; it has no deadline. */
const WAIT = 'store/watch-until';

/** Those are waited for that began before the faults were over, and whose clients live. */
export function watchProgress(): Property {
  return {
    id: 'store/watch-progress',
    kind: 'eventually',
    title: 'who waits until a watch has come as far as the store is told so, though nothing happens that the watch could see',
    monitor: (_report, scene) => new WatchProgress(scene),
  };
}

class WatchProgress implements Monitor {
  private readonly waits = new Set<Operation>();
  private healedUs: Micros = 0;

  constructor(scene: Scene) {
    scene.history().listen({
      invoked: (operation) => {
        if (operation.name === WAIT) this.waits.add(operation);
      },
      returned: (operation) => this.waits.delete(operation),
    });
  }

  healed(nowUs: Micros): void {
    this.healedUs = nowUs;
  }

  crashed({ name }: { readonly name: string }): void {
    for (const wait of [...this.waits]) if (wait.client === name) this.waits.delete(wait);
  }

  pending(): string | null {
    for (const { client, invokedUs } of this.waits) {
      if (invokedUs <= this.healedUs) return `${client} has waited since ${invokedUs} µs to be told how far its watch has come`;
    }
    return null;
  }
}
