/** What the store has committed, in commit order: the one story against which the platform's properties hold everything else. */
import type { History, Scene } from '../../../sim/index.ts';
import { fenceKey, type Fence, type Resource } from '../../api/resources.ts';
import type { AppliedEntry } from '../../raft/state-machine.ts';
import { StoreMachine } from '../../store/machine.ts';
import type { Command, StoreEvent } from '../../store/requests.ts';

/** One change of one key, with what the key held before. */
export interface Change {
  readonly key: string;
  readonly revision: number;
  /** The object written; null for a delete and for keys that hold no object. */
  readonly object: Resource | null;
  readonly previous: Resource | null;
  /** Role that was granted by this change, if it is one of a fence. */
  readonly granted: string | null;
  /** The authority it was written under: what the object says, or for a delete what its txn compared. */
  readonly authority: Fence | null;
}

const OBJECT_PREFIX = '/registry/';
const FENCE_PREFIX = fenceKey('');

/**
 * Judged by a state machine of its own that applies every entry once, when the first member does: members apply in log
 * order, so first applications come in commit order. It has no defects, whatever the members have.
 */
export class CommitJournal {
  /** Objects as committed last, by key. */
  readonly objects = new Map<string, Resource>();
  /** The token granted last, by role. */
  readonly tokens = new Map<string, number>();
  /** Index of the newest entry that any member has applied. */
  index = 0;
  private readonly machine = new StoreMachine();
  private latest: AppliedEntry | null = null;
  private latestChanges: readonly Change[] | null = null;
  private collected: Change[] = [];
  private command: Command | null = null;

  constructor() {
    this.machine.listen({
      committed: (revision, log, start) => {
        for (let i = start; i < log.length; i++) this.collect(revision, log[i] as StoreEvent);
      },
      restored: () => undefined,
    });
  }

  get revision(): number {
    return this.machine.revision;
  }

  /** Takes an application in: its changes when no member has applied that index before, else null. May be told the same one again. */
  see(entry: AppliedEntry): readonly Change[] | null {
    if (entry === this.latest) return this.latestChanges;
    this.latest = entry;
    this.latestChanges = entry.index > this.index ? this.apply(entry) : null;
    return this.latestChanges;
  }

  private apply(entry: AppliedEntry): readonly Change[] {
    this.index = entry.index;
    // The empty entry of a new leader.
    if (entry.data === null) return none;
    this.command = entry.data as Command;
    this.collected = [];
    this.machine.apply(entry.index, this.command);
    return this.collected;
  }

  private collect(revision: number, event: StoreEvent): void {
    const { key, value } = event.kv;
    const previous = this.objects.get(key) ?? null;
    if (key.startsWith(FENCE_PREFIX)) {
      const granted = key.slice(FENCE_PREFIX.length);
      this.tokens.set(granted, revision);
      this.collected.push({ key, revision, object: null, previous, granted, authority: null });
    } else if (event.type === 'delete') {
      this.objects.delete(key);
      this.collected.push({ key, revision, object: null, previous, granted: null, authority: comparedFence(this.command) });
    } else if (key.startsWith(OBJECT_PREFIX)) {
      const object = JSON.parse(value) as Resource;
      this.objects.set(key, object);
      this.collected.push({ key, revision, object, previous, granted: null, authority: object.metadata.writtenBy });
    }
  }
}

const none: readonly Change[] = [];

/** The fence that a txn was guarded by. */
function comparedFence(command: Command | null): Fence | null {
  if (command?.request.kind !== 'txn') return null;
  for (const { key, target, operand } of command.request.compare) {
    if (target === 'mod' && key.startsWith(FENCE_PREFIX)) return { role: key.slice(FENCE_PREFIX.length), token: operand };
  }
  return null;
}

/** One journal for all properties of a run; made when the first of them asks. */
export type JournalOf = (scene: Scene) => CommitJournal;

export function sharedJournals(): JournalOf {
  // A run has one history: it stands for the run, and a journal lives as long as it.
  const journals = new WeakMap<History, CommitJournal>();
  return (scene) => {
    const history = scene.history();
    let journal = journals.get(history);
    if (journal === undefined) {
      journal = new CommitJournal();
      journals.set(history, journal);
    }
    return journal;
  };
}
