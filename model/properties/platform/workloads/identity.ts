/** Identity: what has a name that lasts never runs twice at a time, judged at the machines on which it runs. */
import type { Boundary, Monitor, Process, Property, Report, Scene } from '../../../../sim/index.ts';
import { containerBoundary, type ContainerEvent } from '../../../regions/container.ts';

/**
 * A container may run from its start until it has stopped or ended, its machine has lost power, or its machine's own clock has passed the
 * deadline, whichever comes first; that its agent is dead, stands still or is cut off ends nothing.
 */
export function identity(): Property {
  return {
    id: 'platform/identity',
    kind: 'always',
    title: 'of each stable identity at most one container runs at any time',
    monitor: (report, scene, keepEvidence) => new IdentityMonitor(report, scene, keepEvidence),
  };
}

/** What a machine runs, by uid, of what has an identity; and until when at most, by its own clock. */
interface Machine {
  readonly process: Process;
  readonly running: Map<string, string>;
  untilUs: number;
}

/** One moment of the story, with what each machine's clock showed then. */
interface Evidence {
  readonly process: string;
  readonly event: ContainerEvent | 'power lost';
  readonly clocks: ReadonlyMap<string, number>;
}

class IdentityMonitor implements Monitor {
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly machines = new Map<Process, Machine>();
  private readonly evidence: Evidence[] | null;

  constructor(report: Report, scene: Scene, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.evidence = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (containerBoundary as Boundary);
  }

  crossed(process: Process, what: Boundary, body: unknown): void {
    if (what !== (containerBoundary as Boundary)) return;
    const event = body as ContainerEvent;
    if (event.what !== 'deadline' && event.container.identity === '') return;
    this.note(process, event);
    const machine = this.machine(process);
    this.expire(machine);
    if (event.what === 'deadline') machine.untilUs = event.untilUs;
    else if (event.what === 'started') this.begins(machine, event.container.uid, event.container.identity);
    else if (event.what !== 'stopping') machine.running.delete(event.container.uid);
  }

  crashed(process: Process, power: boolean): void {
    const machine = this.machines.get(process);
    if (!power || machine === undefined) return;
    this.note(process, 'power lost');
    machine.running.clear();
  }

  fullCheck(): string | null {
    return judgeFromScratch(this.evidence ?? []);
  }

  private begins(machine: Machine, uid: string, name: string): void {
    for (const other of this.machines.values()) {
      this.expire(other);
      for (const [otherUid, running] of other.running) {
        if (running === name && otherUid !== uid) this.report.violated(twice(name, machine.process.name, other.process.name));
        else if (running === name && other !== machine) this.report.violated(twice(name, machine.process.name, other.process.name));
      }
    }
    machine.running.set(uid, name);
  }

  private expire({ process, running, untilUs }: Machine): void {
    if (running.size > 0 && process.monotonicUs() >= untilUs) running.clear();
  }

  private machine(process: Process): Machine {
    let machine = this.machines.get(process);
    if (machine === undefined) {
      machine = { process, running: new Map(), untilUs: 0 };
      this.machines.set(process, machine);
    }
    return machine;
  }

  private note(process: Process, event: Evidence['event']): void {
    if (this.evidence === null) return;
    this.evidence.push({ process: process.name, event, clocks: new Map(this.scene.processes().map((each) => [each.name, each.monotonicUs()])) });
  }
}

function twice(name: string, here: string, there: string): string {
  return `${name} starts on ${here} while it may still run on ${there}`;
}

/** Each start against each earlier one of the same identity: what lies between must have ended it. */
function judgeFromScratch(evidence: readonly Evidence[]): string | null {
  for (const [at, { process, event, clocks }] of evidence.entries()) {
    if (event === 'power lost' || event.what !== 'started') continue;
    const { identity: name } = event.container;
    for (const [from, earlier] of evidence.slice(0, at).entries()) {
      if (earlier.event === 'power lost' || earlier.event.what !== 'started' || earlier.event.container.identity !== name) continue;
      if (mayRun(evidence.slice(0, at), from, clocks)) return twice(name, process, earlier.process);
    }
  }
  return null;
}

/** What was started at that place of the story runs still at its end, when the machines' clocks show `clocks`. */
function mayRun(story: readonly Evidence[], from: number, clocks: ReadonlyMap<string, number>): boolean {
  const { process, event: start } = story[from] as Evidence;
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
