/** One writer: a volume is written to by one node at a time, and taken from none on which its workload may still run. */
import type { Boundary, Monitor, Process, Property, Report, Scene } from '../../../../sim/index.ts';
import { acceptedBoundary, type AcceptedAction } from '../../../outside/accepted.ts';
import { volumeWriteBoundary, type WriteRequest } from '../../../outside/volume-methods.ts';
import { containerBoundary } from '../../../regions/container.ts';
import { Machines, mayRun, type Clocks } from './machines.ts';

/**
 * Judged at the provider and at the machines, by whether a container may run there (see `Machines`). The provider's own refusals
 * are no excuse: whoever has a volume taken away while it writes is left with half a file system.
 */
export function volumeWriters(): Property {
  return {
    id: 'platform/volume-writers',
    kind: 'always',
    title: 'a volume has one writer at a time, and is never detached from a node on which its workload may still run',
    monitor: (report, scene, keepEvidence) => new VolumeWriters(report, scene, keepEvidence),
  };
}

/** What the provider did, after how much of the machines' story, and what their clocks showed then. */
interface Deed {
  readonly after: number;
  readonly clocks: Clocks;
  readonly what: 'attach' | 'detach' | 'write';
  readonly resource: string;
  readonly epoch: number;
}

const boundaries: readonly Boundary[] = [containerBoundary, acceptedBoundary, volumeWriteBoundary];

class VolumeWriters implements Monitor {
  private readonly report: Report;
  private readonly machines: Machines;
  /** By volume, the epoch of its newest attachment. */
  private readonly epochs = new Map<string, number>();
  /** Place in the cloud's log up to which all was reported. */
  private reported = 0;
  private readonly deeds: Deed[] | null;

  constructor(report: Report, scene: Scene, keepEvidence: boolean) {
    this.report = report;
    this.machines = new Machines(scene, keepEvidence);
    this.deeds = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return boundaries.includes(what);
  }

  crossed(process: Process, what: Boundary, body: unknown): void {
    if (what === (acceptedBoundary as Boundary)) this.accepted(body as AcceptedAction);
    else if (what === (volumeWriteBoundary as Boundary)) this.written(body as WriteRequest);
    else this.machines.crossed(process, what, body);
  }

  crashed(process: Process, power: boolean): void {
    this.machines.crashed(process, power);
  }

  fullCheck(): string | null {
    const deeds = this.deeds ?? [];
    const { story } = this.machines;
    for (const [at, { what, resource, epoch, after, clocks }] of deeds.entries()) {
      if (what === 'write') {
        const newer = deeds
          .slice(0, at)
          .find((other) => other.what === 'attach' && other.resource === resource && other.epoch > epoch);
        if (newer !== undefined) return superseded(resource, epoch, newer.epoch);
        continue;
      }
      const before = story.slice(0, after);
      for (const [from, { process, event }] of before.entries()) {
        if (event === 'power lost' || event.what !== 'started' || event.container.volume?.resource !== resource) continue;
        if (mayRun(before, from, clocks)) return inUse(resource, what, event.container.name, process);
      }
    }
    return null;
  }

  private accepted({ sequence, action, resource, generation: epoch }: AcceptedAction): void {
    if (sequence <= this.reported) return;
    this.reported = sequence;
    if (action !== 'attach' && action !== 'detach') return;
    this.note(action, resource, epoch);
    for (const [node, { name, volume }] of this.machines.running()) {
      if (volume?.resource === resource) this.report.violated(inUse(resource, action, name, node));
    }
    if (action === 'attach') this.epochs.set(resource, epoch);
  }

  private written({ resource, epoch }: WriteRequest): void {
    this.note('write', resource, epoch);
    const newest = this.epochs.get(resource) ?? 0;
    if (newest > epoch) this.report.violated(superseded(resource, epoch, newest));
  }

  private note(what: Deed['what'], resource: string, epoch: number): void {
    this.deeds?.push({ after: this.machines.story.length, clocks: this.machines.clocks(), what, resource, epoch });
  }
}

function inUse(resource: string, what: 'attach' | 'detach', workload: string, node: string): string {
  return `${resource} is ${what}ed while ${workload}, which writes to it, may run on ${node}`;
}

function superseded(resource: string, epoch: number, newest: number): string {
  return `${resource} takes a write under epoch ${epoch}, although it is attached under epoch ${newest}`;
}
