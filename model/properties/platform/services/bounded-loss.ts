/** Bounded loss: a new primary lacks no more acknowledged writes than the design says, unless nobody is left who has them. */
import type { Boundary, Monitor, Observer, Process, Property, Report } from '../../../../sim/index.ts';
import type { Primary, Resource } from '../../../api/resources/index.ts';
import type { Design } from '../../../design.ts';
import { acceptedWriteBoundary, type AcceptedWrite } from '../../../regions/serving/methods.ts';
import type { ObjectChange, ObjectStory, StoryOf } from '../placed-objects.ts';

/**
 * Writes are replicated asynchronously, so that some may be lost with a primary: at most `replicationLagMax` of them. Where all
 * who were in sync are gone, the data starts over, and the Primary shows it by a new line; that it does so in no other case is
 * part of the claim.
 */
export function boundedLoss(storyOf: StoryOf, design: Design): Property {
  return {
    id: 'platform/bounded-loss',
    kind: 'always',
    title: 'a failover loses no more acknowledged writes than the bound on replication lag',
    monitor: (report, scene, keepEvidence) =>
      new BoundedLoss(report, { story: storyOf(scene), lagMax: design.replicationLagMax, keepEvidence }),
  };
}

interface Story {
  epoch: number;
  /** Places of the acknowledged writes that are not known to be lost, ascending. */
  acknowledged: number[];
}

/** The line of a service's data under each epoch that began one. */
interface LineBegun {
  readonly service: string;
  /** Of the service. */
  readonly name: string;
  readonly epoch: number;
}

interface Options {
  readonly story: ObjectStory;
  readonly lagMax: number;
  readonly keepEvidence: boolean;
}

class BoundedLoss implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly story: ObjectStory;
  private readonly lagMax: number;
  private readonly stories = new Map<string, Story>();
  private readonly lines: LineBegun[] = [];
  private readonly evidence: AcceptedWrite[] | null;
  private readonly changes: (readonly ObjectChange[])[] | null;

  constructor(report: Report, { story, lagMax, keepEvidence }: Options) {
    this.report = report;
    this.story = story;
    this.through = story.sources;
    story.follow((changes) => changes.forEach((change) => this.changed(change)), 'Primary');
    this.lagMax = lagMax;
    this.evidence = keepEvidence ? [] : null;
    this.changes = keepEvidence ? [] : null;
    if (keepEvidence) story.follow((changes) => void this.changes?.push(changes), 'Primary', 'Workload');
  }

  sees(what: Boundary): boolean {
    return what === (acceptedWriteBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what === (acceptedWriteBoundary as Boundary)) this.accepted(body as AcceptedWrite);
  }

  fullCheck(): string | null {
    const { lines, premature } = linesBegun(this.changes ?? []);
    if (premature !== null) return premature;
    const evidence = this.evidence ?? [];
    for (const [position, first] of evidence.entries()) {
      const before = evidence.slice(0, position).filter(({ service }) => service === first.service);
      if (!before.every(({ epoch }) => epoch < first.epoch)) continue;
      const began = Math.max(
        0,
        ...lines.filter(({ service, epoch }) => service === first.service && epoch <= first.epoch).map(({ epoch }) => epoch),
      );
      const lost = before.filter(
        ({ epoch, sequence }, at) => epoch >= began && sequence >= first.sequence && !overwritten(before, at),
      );
      if (lost.length > this.lagMax) return say(first, lost.length);
    }
    return null;
  }

  private changed(change: ObjectChange): void {
    const begun = lineBegun(change);
    if (begun === null) return;
    this.lines.push(begun.line);
    const left = begun.had.find((uid) => this.exists(uid));
    if (left !== undefined) this.report.violated(sayPremature(begun.line, left));
  }

  private accepted(write: AcceptedWrite): void {
    this.evidence?.push(write);
    const { service, epoch, sequence } = write;
    let story = this.stories.get(service);
    if (story === undefined) {
      story = { epoch, acknowledged: [] };
      this.stories.set(service, story);
    }
    if (epoch > story.epoch) {
      const { epoch: since } = story;
      if (this.lines.some((line) => line.service === service && line.epoch > since && line.epoch <= epoch))
        story.acknowledged = [];
      const kept = story.acknowledged.filter((place) => place < sequence);
      const lost = story.acknowledged.length - kept.length;
      if (lost > this.lagMax) this.report.violated(say(write, lost));
      story.epoch = epoch;
      story.acknowledged = kept;
    }
    story.acknowledged.push(sequence);
  }

  private exists(uid: string): boolean {
    for (const object of this.story.objects.values()) if (isWorkload(object, uid)) return true;
    return false;
  }
}

/** The line that a change begins, and who had the data of the one before; null when it begins none. */
function lineBegun({ object, previous }: ObjectChange): { readonly line: LineBegun; readonly had: readonly string[] } | null {
  if (object?.kind !== 'Primary' || previous?.kind !== 'Primary') return null;
  const [before, after] = [previous as Primary, object as Primary];
  if (after.spec.line === before.spec.line || after.metadata.uid !== before.metadata.uid) return null;
  return { line: { service: after.spec.service, name: after.metadata.name, epoch: after.spec.epoch }, had: before.spec.inSync };
}

/**
 * All lines that were ever begun, and whether one was while somebody had the data of the one before: from what has changed alone.
 */
function linesBegun(story: readonly (readonly ObjectChange[])[]): {
  readonly lines: readonly LineBegun[];
  readonly premature: string | null;
} {
  const workloads = new Map<string, string>();
  const lines: LineBegun[] = [];
  let premature: string | null = null;
  for (const changes of story) {
    for (const { key, object, previous } of changes) {
      if (object?.kind === 'Workload') workloads.set(key, object.metadata.uid);
      else if (previous?.kind === 'Workload') workloads.delete(key);
    }
    for (const change of changes) {
      const begun = lineBegun(change);
      if (begun === null) continue;
      lines.push(begun.line);
      const standing = new Set(workloads.values());
      const left = begun.had.find((uid) => standing.has(uid));
      if (left !== undefined) premature ??= sayPremature(begun.line, left);
    }
  }
  return { lines, premature };
}

function sayPremature({ name, epoch }: LineBegun, left: string): string {
  return `the data of ${name} began anew under epoch ${epoch} although ${left}, which has it, still exists`;
}

function isWorkload({ kind, metadata }: Resource, uid: string): boolean {
  return kind === 'Workload' && metadata.uid === uid;
}

/** A later epoch has begun at or below its place. */
function overwritten(writes: readonly AcceptedWrite[], at: number): boolean {
  const { epoch, sequence } = writes[at] as AcceptedWrite;
  return writes.slice(at + 1).some((later) => later.epoch > epoch && later.sequence <= sequence);
}

function say({ service, workload, epoch, sequence }: AcceptedWrite, lost: number): string {
  return `${workload} began epoch ${epoch} of ${service} with write ${sequence}, and ${lost} acknowledged writes are lost`;
}
