/** No lost acknowledged write: what an operator was told has happened is in the store's one story, and stays there. */
import type { OperatorInput, OperatorOutput } from '../../regions/operator.ts';
import type { Deployment, DeploymentSpec } from '../../api/resources/index.ts';
import { CONTROLLER_ROLES } from '../../controllers/machinery/options.ts';
import { appliedBoundary, isApplied, type AppliedEntry } from '../../raft/host/state-machine.ts';
import type { Boundary, Monitor, Observer, Operation, Process, Property, Report, Scene } from '../../../sim/index.ts';
import { CommitJournal, deploymentName, type Change, type JournalOf } from './journal.ts';

export function noLostWrite(journalOf: JournalOf): Property {
  return {
    id: 'platform/no-lost-write',
    kind: 'always',
    title: 'acknowledged desired-state writes are not lost',
    monitor: (report, scene, keepEvidence) => new NoLostWrite(report, scene, journalOf(scene), keepEvidence),
  };
}

const writes: ReadonlySet<string> = new Set([
  'declare',
  'scale',
  'roll-out',
  'roll-back',
  'pause-roll-out',
  'resume-roll-out',
  'delete',
]);

/** What they write of a deployment that is there. */
const written = ['replicas', 'image', 'paused'] as const;

/** Controllers whose business the spec of a deployment is not. */
const platformRoles: ReadonlySet<string> = new Set(CONTROLLER_ROLES);

/** What is known of one name. */
interface Story {
  /** Changes of the object under this name, by revision; those that no answer may show any more are forgotten. */
  readonly changes: Map<number, Change>;
  /** Writes that may still take effect. */
  readonly open: Set<Operation>;
  /** Highest revision of an acknowledged write. */
  acknowledged: number;
  /** Revision of the last delete. */
  deleted: number;
}

class NoLostWrite implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly stories = new Map<string, Story>();
  /** For each operation under way, the revision that its answer may not fall behind. */
  private readonly floors = new Map<Operation, number>();
  private readonly evidence: Evidence[] | null;

  constructor(report: Report, scene: Scene, journal: CommitJournal, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.through = [journal];
    journal.onOverwritten((entry) => report.violated(overwritten(entry)));
    journal.follow((changes) => this.committed(changes), 'Deployment');
    this.evidence = keepEvidence ? [] : null;
    scene.history().listen({
      invoked: (operation) => this.invoked(operation),
      returned: (operation) => this.returned(operation),
    });
  }

  /** Every member's applications are wanted as evidence only. */
  sees(what: Boundary): boolean {
    return this.evidence !== null && isApplied(what);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what === (appliedBoundary as Boundary)) this.evidence?.push({ step: this.scene.step(), entry: body as AppliedEntry });
  }

  private committed(changes: readonly Change[]): void {
    for (const change of changes) {
      const name = deploymentName(change.key);
      if (name === null) continue;
      const story = this.story(name);
      story.changes.set(change.revision, change);
      if (change.object === null) story.deleted = change.revision;
      const lost = overwrittenFields(change, story.open);
      if (lost !== null)
        this.report.violated(`revision ${change.revision} takes back ${lost} of ${name}, which nobody asked for`);
    }
  }

  /** Who died learns no answer any more. */
  crashed(process: Process): void {
    for (const operation of [...this.floors.keys()]) if (operation.client === process.name) this.floors.delete(operation);
  }

  fullCheck(): string | null {
    return judgeFromScratch(this.evidence ?? [], this.scene.history().operations);
  }

  private story(name: string): Story {
    let story = this.stories.get(name);
    if (story === undefined) {
      story = { changes: new Map(), open: new Set(), acknowledged: 0, deleted: 0 };
      this.stories.set(name, story);
    }
    return story;
  }

  private invoked(operation: Operation): void {
    const isWrite = writes.has(operation.name);
    if (!isWrite && operation.name !== 'read') return;
    const story = this.story(nameOf(operation));
    if (isWrite) story.open.add(operation);
    this.floors.set(operation, story.acknowledged);
  }

  private returned(operation: Operation): void {
    const floor = this.floors.get(operation) ?? 0;
    this.floors.delete(operation);
    if (operation.name === 'read') {
      if (operation.status === 'ok') this.judgeRead(operation, floor);
    } else if (writes.has(operation.name)) {
      const story = this.story(nameOf(operation));
      if (operation.status !== 'info') story.open.delete(operation);
      if (operation.status === 'ok') {
        this.judgeWrite(operation, story);
        this.forget(nameOf(operation), story);
      }
    }
  }

  /**
   * Forgets what no answer can be about any more: one that shows less than was acknowledged when it
   * was asked for is wrong in any case.
   */
  private forget(name: string, { acknowledged, changes }: Story): void {
    let below = acknowledged;
    for (const [operation, floor] of this.floors) if (nameOf(operation) === name) below = Math.min(below, floor);
    for (const revision of changes.keys()) {
      if (revision >= below) return;
      changes.delete(revision);
    }
  }

  private judgeWrite(operation: Operation, story: Story): void {
    const { resourceVersion } = operation.output as OperatorOutput;
    story.acknowledged = Math.max(story.acknowledged, resourceVersion);
    if (!tookPlace(operation, story.changes.get(resourceVersion))) {
      this.report.violated(
        `${say(operation)} was acknowledged at revision ${resourceVersion}, where the store has no such change`,
      );
    }
  }

  private judgeRead(operation: Operation, floor: number): void {
    const { uid, resourceVersion } = operation.output as OperatorOutput;
    const story = this.story(nameOf(operation));
    if (uid === '') {
      if (floor > story.deleted)
        this.report.violated(`${say(operation)} found nothing, after a write was acknowledged at revision ${floor}`);
    } else if (resourceVersion < floor) {
      this.report.violated(
        `${say(operation)} was shown revision ${resourceVersion}, after a write was acknowledged at revision ${floor}`,
      );
    } else if (!shows(operation, story.changes.get(resourceVersion))) {
      this.report.violated(`${say(operation)} was shown revision ${resourceVersion} otherwise than the store has it`);
    }
  }
}

function nameOf(operation: Operation): string {
  return (operation.input as OperatorInput).name;
}

function say(operation: Operation): string {
  return `${operation.name} ${nameOf(operation)} of ${operation.client}`;
}

function overwritten({ index }: AppliedEntry): string {
  return `entry ${index} was applied once and then another in its place`;
}

/** The change is the one that an acknowledged write asked for. */
function tookPlace(operation: Operation, change: Change | undefined): boolean {
  if (operation.name === 'delete') return change !== undefined && isDeletion(change, (operation.output as OperatorOutput).uid);
  return shows(operation, change) && carriesOut(operation, change?.object as Deployment);
}

/** It is gone, or stands marked and cannot be had back. */
function isDeletion({ object, previous }: Change, uid: string): boolean {
  if (object === null) return previous?.metadata.uid === uid;
  return object.metadata.uid === uid && object.metadata.deletionUs !== null;
}

/** The change is what the operator was shown. */
function shows(operation: Operation, change: Change | undefined): boolean {
  const { uid, generation, spec } = operation.output as OperatorOutput;
  const object = change?.object as Deployment | null | undefined;
  return (
    object?.metadata.uid === uid &&
    object.metadata.generation === generation &&
    spec !== null &&
    written.every((field) => object.spec[field] === spec[field])
  );
}

/** The object has what the operation asked for. */
function carriesOut({ name, input }: Operation, { spec }: Deployment): boolean {
  const { replicas, image } = input as OperatorInput;
  const isPaused = name === 'pause-roll-out' || (name !== 'resume-roll-out' && spec.paused);
  return (
    (replicas === undefined || spec.replicas === replicas) &&
    (image === undefined || spec.image === image) &&
    spec.paused === isPaused
  );
}

/**
 * The fields that a change of the spec sets back although no operation under way asks for it: the mark of a writer who
 * wrote over what it had not seen. What a controller that is not the platform's writes under a token of its own is its business.
 */
function overwrittenFields({ object, previous }: Change, open: Iterable<Operation>): string | null {
  if (object === null || previous === null) return null;
  const author = object.metadata.writtenBy?.role ?? null;
  if (author !== null && !platformRoles.has(author)) return null;
  const now = (object as Deployment).spec;
  const before = (previous as Deployment).spec;
  const asked = [...open];
  const lost = written.filter(
    (field) => now[field] !== before[field] && !asked.some((operation) => asksFor(operation, field, now, previous as Deployment)),
  );
  return lost.length === 0 ? null : lost.join(' and ');
}

/** A roll-back asks for whatever was rolled out before. */
function asksFor(
  { name, input }: Operation,
  field: (typeof written)[number],
  spec: DeploymentSpec,
  { status }: Deployment,
): boolean {
  if (field === 'paused') return name === (spec.paused ? 'pause-roll-out' : 'resume-roll-out');
  return field === 'image' && name === 'roll-back'
    ? status.history.includes(spec.image)
    : (input as OperatorInput)[field] === spec[field];
}

// ── from scratch ─────────────────────────────────────────────────────────────────────────────────────────────────────

interface Evidence {
  readonly step: number;
  readonly entry: AppliedEntry;
}

/** The same claims, judged pair by pair over everything that was seen. */
function judgeFromScratch(evidence: readonly Evidence[], operations: readonly Operation[]): string | null {
  const journal = new CommitJournal();
  const changes: (Change & { readonly step: number; readonly name: string })[] = [];
  const hashes = new Map<number, number>();
  for (const { step, entry } of evidence) {
    const earlier = hashes.get(entry.index);
    if (earlier !== undefined && earlier !== entry.hash) return overwritten(entry);
    hashes.set(entry.index, entry.hash);
    for (const change of journal.see(entry) ?? []) {
      const name = deploymentName(change.key);
      if (name !== null) changes.push({ ...change, step, name });
    }
  }
  for (const change of changes) {
    const open = operations.filter(
      (operation) =>
        writes.has(operation.name) &&
        nameOf(operation) === change.name &&
        operation.invokedStep <= change.step &&
        (operation.status === 'pending' || operation.status === 'info' || operation.returnedStep >= change.step),
    );
    if (overwrittenFields(change, open) !== null) return `revision ${change.revision} takes back a field of ${change.name}`;
  }
  for (const operation of operations.filter(({ status }) => status === 'ok')) {
    const { resourceVersion, uid } = operation.output as OperatorOutput;
    const at = changes.find((change) => change.name === nameOf(operation) && change.revision === resourceVersion);
    if (writes.has(operation.name) && !tookPlace(operation, at)) return `${say(operation)} did not take place`;
    if (operation.name !== 'read') continue;
    if (uid !== '' && !shows(operation, at)) return `${say(operation)} was shown what the store never had`;
    for (const write of operations) {
      if (
        !writes.has(write.name) ||
        write.status !== 'ok' ||
        nameOf(write) !== nameOf(operation) ||
        write.returnedStep > operation.invokedStep
      )
        continue;
      const { resourceVersion: floor } = write.output as OperatorOutput;
      const gone = changes.some(
        (change) =>
          change.name === nameOf(operation) &&
          change.object === null &&
          change.revision >= floor &&
          change.step <= operation.returnedStep,
      );
      if (uid === '' ? !gone : resourceVersion < floor) return `${say(operation)} does not see ${say(write)}`;
    }
  }
  return null;
}
