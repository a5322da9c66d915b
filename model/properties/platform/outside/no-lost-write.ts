/**
 * No lost acknowledged write, of desired state that a design has placed outside of consensus:
 * judged by what regional stores keep.
 */
import type { Boundary, Monitor, Operation, Process, Property, Report, Scene } from '../../../../sim/index.ts';
import { objectKey, type Deployment } from '../../../api/resources/index.ts';
import { formatStamp } from '../../../outside/regional/hybrid-clock.ts';
import { keptBoundary, type KeptVersion, type Version } from '../../../outside/regional/kept.ts';
import type { OperatorInput, OperatorOutput } from '../../../regions/operator.ts';

/** The same claim as where it stands in consensus, and under the same name: a regional store cannot keep it. */
export function noLostWriteOutside(): Property {
  return {
    id: 'platform/no-lost-write',
    kind: 'always',
    title: 'acknowledged desired-state writes are not lost',
    monitor: (report, scene) => new NoLostWriteOutside(report, scene),
  };
}

const writes: ReadonlySet<string> = new Set(['declare', 'scale', 'roll-out', 'delete']);

/** A version, and the one that it replaced where it was written: what its writer knew. */
interface Written {
  readonly version: Version;
  readonly knew: Written | null;
}

class NoLostWriteOutside implements Monitor {
  private readonly report: Report;
  /** By key and stamp. */
  private readonly versions = new Map<string, Written>();
  /** Versions that some region has replaced by one that did not know of them, with that one. */
  private readonly lost = new Map<Written, Version>();
  private readonly acknowledged: Operation[] = [];

  constructor(report: Report, scene: Scene) {
    this.report = report;
    scene.history().listen({ returned: (operation) => this.returned(operation) });
  }

  sees(what: Boundary): boolean {
    return what === (keptBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what !== (keptBoundary as Boundary)) return;
    const { how, version, replaced } = body as KeptVersion;
    if (!version.key.startsWith(PREFIX)) return;
    const before = replaced === null ? null : (this.versions.get(idOf(replaced)) ?? null);
    if (how === 'written') this.versions.set(idOf(version), { version, knew: before });
    else if (before !== null) this.merged(before, version);
  }

  private merged(before: Written, version: Version): void {
    const winner = this.versions.get(idOf(version));
    if (winner === undefined) return;
    const known = new Set<Written>();
    for (let at: Written | null = winner; at !== null; at = at.knew) known.add(at);
    for (let at: Written | null = before; at !== null && !known.has(at); at = at.knew) {
      if (!this.lost.has(at)) this.lost.set(at, version);
      const operation = this.acknowledged.find((candidate) => isOf(candidate, at));
      if (operation !== undefined) this.report.violated(say(operation, version));
    }
  }

  private returned(operation: Operation): void {
    if (!writes.has(operation.name) || operation.status !== 'ok') return;
    this.acknowledged.push(operation);
    for (const [written, winner] of this.lost) if (isOf(operation, written)) this.report.violated(say(operation, winner));
  }
}

const PREFIX = objectKey('Deployment', '');
const idOf = ({ key, stamp }: Version): string => `${key} ${formatStamp(stamp)}`;

/** The version is what the operation was told of. */
function isOf(operation: Operation, { version, knew }: Written): boolean {
  const { uid, generation, spec } = operation.output as OperatorOutput;
  if (version.key !== PREFIX + (operation.input as OperatorInput).name) return false;
  if (version.value === null)
    return (
      operation.name === 'delete' &&
      knew !== null &&
      knew.version.value !== null &&
      (JSON.parse(knew.version.value) as Deployment).metadata.uid === uid
    );
  if (spec === null) return false;
  const object = JSON.parse(version.value) as Deployment;
  // What brought the generation in, not a status that was written to it later.
  const brought =
    knew === null ||
    knew.version.value === null ||
    (JSON.parse(knew.version.value) as Deployment).metadata.generation !== generation;
  return (
    brought &&
    object.metadata.uid === uid &&
    object.metadata.generation === generation &&
    object.spec.image === spec.image &&
    object.spec.replicas === spec.replicas
  );
}

function say(operation: Operation, { key, stamp }: Version): string {
  return `${operation.name} ${(operation.input as OperatorInput).name} of ${operation.client} was acknowledged, and ${key} as ${stamp.region} wrote it at ${formatStamp(stamp)} took its place without having seen it`;
}
