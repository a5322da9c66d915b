/** What the store has committed, in commit order: the one story with which the platform's properties compare everything else. */
import type { Boundary, Micros, Observer, Process, Scene } from '../../../sim/index.ts';
import { comparedFence, roleOfCandidate, roleOfFence } from '../../api/fences.ts';
import { objectKey, resourceKinds, type Fence, type Resource, type ResourceKind } from '../../api/resources/index.ts';
import { isApplied, type AppliedEntry } from '../../raft/host/state-machine.ts';
import { StoreMachine } from '../../store/machine/machine.ts';
import type { Command, KeyValue, StoreEvent } from '../../store/machine/requests.ts';
import { RecentEntries } from '../shared/recent-entries.ts';
import { oncePerRun } from '../shared/once-per-run.ts';

/** One change of one key, with what the key held before. */
export interface Change {
  readonly key: string;
  readonly revision: number;
  /** The object written; null for a delete and for keys that hold no object. */
  readonly object: Resource | null;
  readonly previous: Resource | null;
  /** What was granted by this change, if it is one of a fence or of an election. */
  readonly granted: Grant | null;
  /** The authority it was written under: what the object says, or for a delete what its txn compared. */
  readonly authority: Fence | null;
}

export interface Grant {
  readonly role: string;
  readonly token: number;
  /** What the candidate calls itself, `process/…`; empty when nobody holds the role any more. */
  readonly holder: string;
}

/** Hears of an entry when the first member applies it, with what it has changed. */
export type CommitListener = (changes: readonly Change[], entry: AppliedEntry) => void;

/** An entry when it was applied first, for judging all of them again from scratch. */
export interface FirstApplied {
  readonly step: number;
  readonly nowUs: Micros;
  readonly entry: AppliedEntry;
}

/**
 * What an entry may change: an object of a kind, or who holds a role (`grant`). Besides: it removes an object or finds it marked,
 * or marks it (`deletion`); it is made under an authority (`authority`).
 */
export type Subject = ResourceKind | 'grant' | 'deletion' | 'authority';

interface Listening {
  /** Subjects, each a bit. */
  readonly to: number;
  readonly listener: CommitListener;
}

const OBJECT_PREFIX = '/registry/';
const bits: ReadonlyMap<string, number> = new Map(
  [...resourceKinds, 'grant', 'deletion', 'authority'].map((subject, at) => [subject, 1 << at]),
);
/** Set for every entry. */
const ANY = 1 << 30;
/** Set for every entry with a change. */
const CHANGE = 1 << 29;

/**
 * Judged by a state machine of its own that applies every entry once, when the first member does: members apply in
 * log order, so first applications come in commit order. It has no defects, whatever the members have. A monitor
 * that goes `through` it listens, and is spared the applications of the other members, and all entries that change
 * nothing it cares about: most renew leases.
 */
export class CommitJournal implements Observer {
  readonly sees = isApplied;
  readonly sources: readonly Observer[] = [this];
  /** Objects as committed last, by key. */
  readonly objects = new Map<string, Resource>();
  /** The token granted last, by role. */
  readonly tokens = new Map<string, number>();
  /** By role, the keys of its election. */
  private readonly candidates = new Map<string, Map<string, KeyValue>>();
  /** Index of the newest entry that any member has applied. */
  index = 0;
  private readonly machine = new StoreMachine();
  private readonly listening: Listening[] = [];
  private kept: FirstApplied[] | null = null;
  private readonly overwritten: ((entry: AppliedEntry) => void)[] = [];
  /** By index, the hash of the entry that was applied first. */
  private readonly hashes = new RecentEntries<number>();
  /** The subjects of the entry being applied. */
  private subjects = 0;
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

  /** Tells of every entry, whatever it is. */
  listen(listener: CommitListener): void {
    this.listening.push({ to: ANY, listener });
  }

  /** Tells of entries that change something, or with `subjects` one of those. */
  follow(listener: CommitListener, ...subjects: readonly Subject[]): void {
    let to = subjects.length === 0 ? CHANGE : 0;
    for (const subject of subjects) to |= bits.get(subject) ?? 0;
    this.listening.push({ to, listener });
  }

  /** Tells when a member applies another entry in the place of one. */
  onOverwritten(listener: (entry: AppliedEntry) => void): void {
    this.overwritten.push(listener);
  }

  /** Keeps all entries from now on, once for all who ask. */
  keep(scene: Scene): readonly FirstApplied[] {
    if (this.kept !== null) return this.kept;
    const kept: FirstApplied[] = [];
    this.kept = kept;
    this.listen((_changes, entry) => void kept.push({ step: scene.step(), nowUs: scene.nowUs(), entry }));
    return kept;
  }

  crossed(_process: Process, _what: Boundary, body: unknown): void {
    const entry = body as AppliedEntry;
    const changes = this.see(entry);
    if (changes === null) {
      const hash = this.hashes.get(entry.index);
      if (hash !== entry.hash && hash !== undefined) for (const listener of this.overwritten) listener(entry);
      return;
    }
    this.hashes.set(entry.index, entry.hash);
    const { listening, subjects } = this;
    for (let at = 0; at < listening.length; at++) {
      const { to, listener } = listening[at] as Listening;
      if ((to & subjects) !== 0) listener(changes, entry);
    }
  }

  /**
   * Takes an application in: its changes when no member has applied that index before, else null. May be told the same one again.
   */
  see(entry: AppliedEntry): readonly Change[] | null {
    if (entry === this.latest) return this.latestChanges;
    this.latest = entry;
    this.latestChanges = entry.index > this.index ? this.apply(entry) : null;
    return this.latestChanges;
  }

  private apply(entry: AppliedEntry): readonly Change[] {
    this.index = entry.index;
    this.subjects = ANY;
    // The empty entry of a new leader.
    if (entry.data === null) return none;
    this.command = entry.data as Command;
    this.collected = [];
    this.machine.apply(entry.index, this.command);
    return this.collected;
  }

  private collect(revision: number, event: StoreEvent): void {
    const { key, value } = event.kv;
    if (key.startsWith(OBJECT_PREFIX)) {
      const role = roleOfFence(key);
      if (role !== null) this.granted(key, revision, { role, token: revision, holder: value });
      else this.collectObject(key, revision, event);
      return;
    }
    const role = roleOfCandidate(key);
    if (role !== null) this.collectCandidate(role, revision, event);
  }

  private collectObject(key: string, revision: number, { type, kv }: StoreEvent): void {
    const previous = this.objects.get(key) ?? null;
    if (previous !== null) this.concerns(previous.kind);
    const object = type === 'delete' ? null : (JSON.parse(kv.value) as Resource);
    if (object === null) {
      this.objects.delete(key);
    } else {
      this.objects.set(key, object);
      this.concerns(object.kind);
    }
    if (object === null || object.metadata.deletionUs !== null) this.concerns('deletion');
    const authority = object === null ? authorityOf(this.command) : object.metadata.writtenBy;
    if (authority !== null) this.concerns('authority');
    this.collected.push({ key, revision, object, previous, granted: null, authority });
  }

  /** The oldest key of an election leads: a role is granted when that becomes another one, which is always a younger one. */
  private collectCandidate(role: string, revision: number, { type, kv }: StoreEvent): void {
    const candidates = this.candidates.get(role) ?? new Map<string, KeyValue>();
    this.candidates.set(role, candidates);
    if (type === 'put') candidates.set(kv.key, kv);
    else candidates.delete(kv.key);
    let leader: KeyValue | null = null;
    for (const candidate of candidates.values())
      if (leader === null || candidate.createRevision < leader.createRevision) leader = candidate;
    if (leader === null || leader.createRevision === this.tokens.get(role)) return;
    this.granted(leader.key, revision, { role, token: leader.createRevision, holder: leader.value });
  }

  private concerns(subject: string): void {
    this.subjects |= CHANGE | (bits.get(subject) ?? 0);
  }

  private granted(key: string, revision: number, granted: Grant): void {
    this.concerns('grant');
    this.tokens.set(granted.role, granted.token);
    this.collected.push({ key, revision, object: null, previous: null, granted, authority: null });
  }
}

const none: readonly Change[] = [];

/** The authority that a txn was guarded by. */
function authorityOf(command: Command | null): Fence | null {
  if (command?.request.kind !== 'txn') return null;
  for (const comparison of command.request.compare) {
    const fence = comparedFence(comparison);
    if (fence !== null) return fence;
  }
  return null;
}

/** One journal for all properties of a run; made when the first of them asks. */
export type JournalOf = (scene: Scene) => CommitJournal;

export function sharedJournals(): JournalOf {
  return oncePerRun(() => new CommitJournal());
}

/** Null when something else has this key. */
export function deploymentName(key: string): string | null {
  const prefix = objectKey('Deployment', '');
  return key.startsWith(prefix) ? key.slice(prefix.length) : null;
}
