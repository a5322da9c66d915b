/**
 * Finalizers are kept: an object is not without one, and does not vanish, until whoever the finalizer belongs to has asked for
 * that. Judged by comparing the store's commits with what was asked of the API.
 */
import type { Kind, Monitor, Observer, Process, Property, Report, Scene } from '../../../../sim/index.ts';
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from '../../../api/deletion.ts';
import {
  createMethod,
  deleteMethod,
  updateMethod,
  type CreateRequest,
  type DeleteRequest,
  type UpdateRequest,
} from '../../../api/methods.ts';
import { isResourceKind, objectKey } from '../../../api/resources/index.ts';
import { GARBAGE_COLLECTOR_ROLE } from '../../../controllers/machinery/options.ts';
import { CommitJournal, type Change, type FirstApplied, type JournalOf } from '../journal.ts';
import { remember } from './remember.ts';

export function finalizersKept(journalOf: JournalOf): Property {
  return {
    id: 'platform/finalizers-kept',
    kind: 'always',
    title: 'an object keeps each of its finalizers until the role that the finalizer belongs to takes it off',
    monitor: (report, scene, keepEvidence) => new FinalizersKept(report, scene, journalOf(scene), keepEvidence),
  };
}

/** Somebody of a role wants an object to have these finalizers and no others. */
interface Asked {
  readonly role: string;
  readonly finalizers: readonly string[];
  readonly step: number;
}

interface Frame<Body> {
  readonly body: Body;
}

const updateRequest = updateMethod.request as Kind;
const createRequest = createMethod.request as Kind;
const deleteRequest = deleteMethod.request as Kind;
const none: readonly string[] = [];

class FinalizersKept implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  /** By key; what a role asked for before the finalizer was there does not count. */
  private readonly asked = new Map<string, Asked[]>();
  private readonly evidence: {
    readonly entries: readonly FirstApplied[];
    readonly asked: (Asked & { readonly key: string })[];
  } | null;

  constructor(report: Report, scene: Scene, journal: CommitJournal, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.through = [journal];
    journal.follow((changes) => this.committed(changes));
    this.evidence = keepEvidence ? { entries: journal.keep(scene), asked: [] } : null;
  }

  hears(what: Kind): boolean {
    return what === updateRequest || what === deleteRequest || what === createRequest;
  }

  sent(from: Process, _to: Process, what: Kind, message: unknown): void {
    if (what === updateRequest) {
      const { kind, name, metadata } = (message as Frame<UpdateRequest>).body;
      if (metadata?.finalizers !== undefined) this.note(objectKey(kind, name), roleOf(from.name), metadata.finalizers);
    } else if (what === createRequest) {
      const { kind, name, metadata } = (message as Frame<CreateRequest>).body;
      if (isResourceKind(kind) && metadata.finalizers !== undefined)
        this.note(objectKey(kind, name), roleOf(from.name), metadata.finalizers);
    } else if (what === deleteRequest) {
      const { kind, name, propagation } = (message as Frame<DeleteRequest>).body;
      // Another policy takes the place of the one before, whoever asks for it.
      if (propagation !== null)
        this.note(
          objectKey(kind, name),
          GARBAGE_COLLECTOR_ROLE,
          propagation === 'foreground' ? [FOREGROUND_FINALIZER] : propagation === 'orphan' ? [ORPHAN_FINALIZER] : none,
        );
    }
  }

  private committed(changes: readonly Change[]): void {
    for (const change of changes) {
      const { key, object } = change;
      for (const finalizer of missingIn(change)) {
        if (!isReleased(finalizer, this.asked.get(key) ?? [])) this.report.violated(say(finalizer, change));
      }
      if (object === null) this.asked.delete(key);
    }
  }

  /** For each finalizer that went, what had been asked for by its own role since it was there. */
  fullCheck(): string | null {
    const { entries, asked } = this.evidence ?? { entries: [], asked: [] };
    const journal = new CommitJournal();
    const goneAt = new Map<string, number>();
    for (const { step, entry } of entries) {
      for (const change of journal.see(entry) ?? []) {
        const { key, object } = change;
        const before = asked.filter((each) => each.key === key && each.step <= step && each.step > (goneAt.get(key) ?? -1));
        for (const finalizer of missingIn(change)) if (!isReleased(finalizer, before)) return say(finalizer, change);
        if (object === null) goneAt.set(key, step);
      }
    }
    return null;
  }

  private note(key: string, role: string, finalizers: readonly string[]): void {
    const asked: Asked = { role, finalizers, step: this.scene.step() };
    this.evidence?.asked.push({ ...asked, key });
    remember(this.asked, key, asked);
  }
}

/** Finalizers that a change takes off, one way or the other. */
function missingIn({ previous, object }: Change): readonly string[] {
  const before = previous?.metadata.finalizers ?? none;
  if (before.length === 0) return none;
  const after = object?.metadata.finalizers ?? none;
  return before.filter((finalizer) => !after.includes(finalizer));
}

/** Its own role has asked for the object without it, after it had asked for it with it, if it ever did. */
function isReleased(finalizer: string, asked: readonly Asked[]): boolean {
  const owner = ownerOf(finalizer);
  const own = asked.filter(({ role }) => role === owner);
  // Policies come from anybody, and in no order: any one that does without may have been the last to arrive.
  if (owner === GARBAGE_COLLECTOR_ROLE) return own.some(({ finalizers }) => !finalizers.includes(finalizer));
  const first = own.findIndex(({ finalizers }) => finalizers.includes(finalizer));
  // A request may be on its way for long: any one after the first with it may be the one that took it off.
  return own.some(({ finalizers }, at) => at > first && !finalizers.includes(finalizer));
}

function ownerOf(finalizer: string): string {
  const slash = finalizer.indexOf('/');
  return slash < 0 ? GARBAGE_COLLECTOR_ROLE : finalizer.slice(0, slash);
}

/** Processes are called `role-region`. */
function roleOf(process: string): string {
  const hyphen = process.indexOf('-');
  return hyphen < 0 ? process : process.slice(0, hyphen);
}

function say(finalizer: string, { key, object, revision }: Change): string {
  return `revision ${revision} ${object === null ? 'removes' : 'leaves'} ${key} without the finalizer ${finalizer}, which ${ownerOf(finalizer)} has not taken off`;
}
