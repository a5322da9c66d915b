/** No phantom write: what an operator was told has not happened is not in the store's one story. */
import type { OperatorInput } from '../../regions/operator.ts';
import type { Deployment } from '../../api/resources/index.ts';
import type { Monitor, Observer, Operation, Property, Report, Scene } from '../../../sim/index.ts';
import { CommitJournal, deploymentName, type Change, type FirstApplied, type JournalOf } from './journal.ts';

/**
 * A change of a deployment was asked for by one of the writes that were under way when it was committed. When all of those that
 * asked for it end with a definite no, one of the answers was a lie: whoever believes it does its work a second time, or never
 * undoes it. Changes that no operator asked for are judged by `platform/no-lost-write`.
 */
export function noPhantomWrite(journalOf: JournalOf): Property {
  return {
    id: 'platform/no-phantom-write',
    kind: 'always',
    title: 'a write that was refused has not taken place',
    monitor: (report, scene, keepEvidence) => new NoPhantomWrite(report, scene, journalOf(scene), keepEvidence),
  };
}

/** A committed change, and the writes that may have brought it about. */
interface Effect {
  readonly name: string;
  readonly revision: number;
  readonly causes: Set<Operation>;
}

class NoPhantomWrite implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  /** Writes that may still take effect, with what they may have brought about. */
  private readonly open = new Map<Operation, Effect[]>();
  private readonly evidence: readonly FirstApplied[] | null;

  constructor(report: Report, scene: Scene, journal: CommitJournal, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.through = [journal];
    journal.follow((changes) => this.committed(changes), 'Deployment');
    this.evidence = keepEvidence ? journal.keep(scene) : null;
    scene.history().listen({
      invoked: (operation) => {
        if (operation.name in explanations) this.open.set(operation, []);
      },
      returned: (operation) => this.returned(operation),
    });
  }

  private committed(changes: readonly Change[]): void {
    for (const change of changes) {
      const name = deploymentName(change.key);
      if (name !== null) this.changed(name, change);
    }
  }

  private changed(name: string, change: Change): void {
    const { revision } = change;
    const effect: Effect = { name, revision, causes: new Set() };
    for (const [operation, effects] of this.open) {
      if (!explains(operation, name, change)) continue;
      effect.causes.add(operation);
      effects.push(effect);
    }
  }

  private returned(operation: Operation): void {
    const effects = this.open.get(operation);
    if (effects === undefined || operation.status === 'info') return;
    this.open.delete(operation);
    if (operation.status !== 'fail') return;
    for (const { causes, revision } of effects) {
      causes.delete(operation);
      if (causes.size === 0) this.report.violated(say(operation, revision));
    }
  }

  fullCheck(): string | null {
    const journal = new CommitJournal();
    for (const { step, entry } of this.evidence ?? []) {
      for (const change of journal.see(entry) ?? []) {
        const name = deploymentName(change.key);
        const causes = this.scene
          .history()
          .operations.filter((operation) => name !== null && wasOpen(operation, step) && explains(operation, name, change));
        const [first] = causes;
        if (first !== undefined && causes.every(({ status }) => status === 'fail')) return say(first, change.revision);
      }
    }
    return null;
  }
}

type Explanation = (input: OperatorInput, now: Deployment | null, before: Deployment | null) => boolean;

/** By operation: whether it asks for that very change. */
const explanations: Readonly<Record<string, Explanation>> = {
  declare: ({ replicas, image }, now, before) => before === null && now?.spec.replicas === replicas && now?.spec.image === image,
  scale: ({ replicas }, now, before) => before !== null && now?.spec.replicas === replicas && replicas !== before.spec.replicas,
  'roll-out': ({ image }, now, before) => before !== null && now?.spec.image === image && image !== before.spec.image,
  'roll-back': (_input, now, before) =>
    now !== null && before !== null && now.spec.image !== before.spec.image && before.status.history.includes(now.spec.image),
  'pause-roll-out': (_input, now, before) => now?.spec.paused === true && before?.spec.paused === false,
  'resume-roll-out': (_input, now, before) => now?.spec.paused === false && before?.spec.paused === true,
  delete: (_input, now, before) =>
    before !== null && before.metadata.deletionUs === null && (now === null || now.metadata.deletionUs !== null),
};

function explains({ name: operation, input }: Operation, name: string, { object, previous }: Change): boolean {
  const asked = input as OperatorInput;
  return (
    asked.name === name && explanations[operation]?.(asked, object as Deployment | null, previous as Deployment | null) === true
  );
}

function wasOpen({ status, invokedStep, returnedStep }: Operation, step: number): boolean {
  return invokedStep <= step && (status === 'pending' || status === 'info' || returnedStep >= step);
}

function say({ name, client, input, output }: Operation, revision: number): string {
  return `${client} was told that its ${name} of ${(input as OperatorInput).name} did not happen (${String(output)}), but nobody else asked for revision ${revision}`;
}
