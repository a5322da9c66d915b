/** Identity: what has a name that lasts never runs twice at a time, judged at the machines on which it runs. */
import type { Boundary, Monitor, Process, Property, Report, Scene } from '../../../../sim/index.ts';
import { containerBoundary, type Container } from '../../../regions/container.ts';
import { Machines, mayRun, type Moment } from './machines.ts';

export function identity(): Property {
  return {
    id: 'platform/identity',
    kind: 'always',
    title: 'at most one container of each stable identity runs at any time',
    monitor: (report, scene, keepEvidence) => new IdentityMonitor(report, scene, keepEvidence),
  };
}

class IdentityMonitor implements Monitor {
  private readonly report: Report;
  private readonly machines: Machines;

  constructor(report: Report, scene: Scene, keepEvidence: boolean) {
    this.report = report;
    this.machines = new Machines(scene, keepEvidence);
  }

  sees(what: Boundary): boolean {
    return what === (containerBoundary as Boundary);
  }

  crossed(process: Process, what: Boundary, body: unknown): void {
    this.machines.crossed(process, what, body, (container) => this.begins(process.name, container));
  }

  crashed(process: Process, power: boolean): void {
    this.machines.crashed(process, power);
  }

  fullCheck(): string | null {
    return judgeFromScratch(this.machines.story);
  }

  private begins(here: string, { uid, identity: name }: Container): void {
    for (const [there, other] of this.machines.running()) {
      if (other.identity === name && (other.uid !== uid || here !== there)) this.report.violated(twice(name, here, there));
    }
  }
}

function twice(name: string, here: string, there: string): string {
  return `${name} starts on ${here} while it may still run on ${there}`;
}

/** Each start against each earlier one of the same identity: what lies between must have ended it. */
function judgeFromScratch(story: readonly Moment[]): string | null {
  for (const [at, { process, event, clocks }] of story.entries()) {
    if (event === 'power lost' || event.what !== 'started') continue;
    const { identity: name } = event.container;
    for (const [from, earlier] of story.slice(0, at).entries()) {
      if (earlier.event === 'power lost' || earlier.event.what !== 'started' || earlier.event.container.identity !== name)
        continue;
      if (mayRun(story.slice(0, at), from, clocks)) return twice(name, process, earlier.process);
    }
  }
  return null;
}
