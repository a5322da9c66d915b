/** Watch progress: whoever waits to hear that a watch has seen all up to a revision hears it, once faults are over. */
import { formatTime, type Micros, type Monitor, type Operation, type Property, type Scene } from '../../../sim/index.ts';

/** What a wait is called in the history; it has no deadline. */
const WAIT = 'store/watch-until';

/** Those are waited for that began before the faults were over, and whose clients live. */
export function watchProgress(): Property {
  return {
    id: 'store/watch-progress',
    kind: 'eventually',
    title: 'a client waiting for a watch to catch up with the store is told when it has, even if no change concerns the watch',
    monitor: (_report, scene) => new WatchProgress(scene),
  };
}

class WatchProgress implements Monitor {
  private readonly waiting = new Set<Operation>();
  private healedUs: Micros = 0;

  constructor(scene: Scene) {
    scene.history().listen({
      invoked: (operation) => {
        if (operation.name === WAIT) this.waiting.add(operation);
      },
      returned: (operation) => this.waiting.delete(operation),
    });
  }

  healed(nowUs: Micros): void {
    this.healedUs = nowUs;
  }

  crashed({ name }: { readonly name: string }): void {
    for (const wait of [...this.waiting]) if (wait.client === name) this.waiting.delete(wait);
  }

  *waits(): Iterable<string> {
    for (const { client, invokedUs } of this.waiting) {
      if (invokedUs <= this.healedUs)
        yield `${client} has waited since ${formatTime(invokedUs)} to be told how far its watch has come`;
    }
  }
}
