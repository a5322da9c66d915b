/**
 * What machines run of what has an identity, seen from outside. A container may run from its start until it has stopped or ended,
 * its machine has lost power, or its machine's own clock has passed the deadline, whichever comes first; that its agent is dead,
 * stands still or is cut off ends nothing.
 */
import type { Boundary, Process, Scene } from '../../../../sim/index.ts';
import { containerBoundary, type Container, type ContainerEvent } from '../../../regions/container.ts';

/** What a machine runs, by uid, of what has an identity; and until when at most, by its own clock. */
interface Machine {
  readonly process: Process;
  readonly running: Map<string, Container>;
  untilUs: number;
}

/** One moment of the story, with what each machine's clock showed then. */
export interface Moment {
  readonly process: string;
  readonly event: ContainerEvent | 'power lost';
  readonly clocks: Clocks;
}

export type Clocks = ReadonlyMap<string, number>;

export class Machines {
  private readonly scene: Scene;
  private readonly machines = new Map<Process, Machine>();
  /** All of it, where it is to be judged again from scratch. */
  readonly story: Moment[] = [];
  private readonly keepsStory: boolean;

  constructor(scene: Scene, keepsStory: boolean) {
    this.scene = scene;
    this.keepsStory = keepsStory;
  }

  /** Takes in what has happened. `begins` is called before something that starts counts as running. */
  crossed(process: Process, what: Boundary, body: unknown, begins: (container: Container) => void = () => undefined): void {
    if (what !== (containerBoundary as Boundary)) return;
    const event = body as ContainerEvent;
    if (event.what !== 'deadline' && event.container.identity === '') return;
    this.note(process, event);
    const machine = this.machine(process);
    expire(machine);
    if (event.what === 'deadline') {
      machine.untilUs = event.untilUs;
    } else if (event.what === 'started') {
      begins(event.container);
      machine.running.set(event.container.uid, event.container);
    } else if (event.what !== 'stopping') {
      machine.running.delete(event.container.uid);
    }
  }

  crashed(process: Process, power: boolean): void {
    const machine = this.machines.get(process);
    if (!power || machine === undefined) return;
    this.note(process, 'power lost');
    machine.running.clear();
  }

  /** Everything that may run now, with the machine's name. */
  *running(): Iterable<readonly [string, Container]> {
    for (const machine of this.machines.values()) {
      expire(machine);
      for (const container of machine.running.values()) yield [machine.process.name, container];
    }
  }

  clocks(): Clocks {
    return new Map(this.scene.processes().map((each) => [each.name, each.monotonicUs()]));
  }

  private machine(process: Process): Machine {
    let machine = this.machines.get(process);
    if (machine === undefined) {
      machine = { process, running: new Map(), untilUs: 0 };
      this.machines.set(process, machine);
    }
    return machine;
  }

  private note(process: Process, event: Moment['event']): void {
    if (this.keepsStory) this.story.push({ process: process.name, event, clocks: this.clocks() });
  }
}

function expire({ process, running, untilUs }: Machine): void {
  if (running.size > 0 && process.monotonicUs() >= untilUs) running.clear();
}

/**
 * Whether what was started at that place of the story may still run at its end, when the machines' clocks show
 * `clocks`. Worked out from the story alone.
 */
export function mayRun(story: readonly Moment[], from: number, clocks: Clocks): boolean {
  const { process, event: start } = story[from] as Moment;
  if (start === 'power lost' || start.what === 'deadline') return false;
  let untilUs = 0;
  for (const [at, { process: where, event, clocks: then }] of story.entries()) {
    if (where !== process) continue;
    if (at > from && (then.get(process) as number) >= untilUs) return false;
    if (event === 'power lost') {
      if (at > from) return false;
    } else if (event.what === 'deadline') {
      untilUs = event.untilUs;
    } else if (at > from && event.container.uid === start.container.uid && (event.what === 'stopped' || event.what === 'ended')) {
      return false;
    }
  }
  return (clocks.get(process) as number) < untilUs;
}
