/**
 * What the properties of one Raft group follow together: who belongs to it, who leads, and what
 * its members' disks hold of their logs.
 */
import type { Boundary, Kind, Observer, Process, Scene } from '../../../sim/index.ts';
import {
  appendKind,
  isApplied,
  isLeaderKind,
  isMessageKind,
  isWalFile,
  machineFile,
  MessageType,
  snapshotFile,
  type AppliedEntry,
  type HardState,
  type MachineRecord,
  type Message,
  type Snapshot,
  type WalRecord,
} from '../../raft/index.ts';
import { DurableLogs, type DurableLog } from './durable-log.ts';
import { Leaders } from './leaders.ts';
import { oncePerRun } from '../shared/once-per-run.ts';

/**
 * Is told of each fact before the group takes it in. What nearly every message and record repeats, such as a term, is told only
 * when it changes, so that a fact costs little however many properties listen.
 */
export interface GroupListener {
  /** An entry is applied somewhere for the first time. */
  readonly committed?: (entry: AppliedEntry) => void;
  /** A member applies an entry. */
  readonly applied?: (process: Process, entry: AppliedEntry) => void;
  /** The vote or the term on a member's disk becomes another. */
  readonly voted?: (process: Process, hardState: HardState) => void;
  /** A record of a member's log has become durable. `former`: the log it had before, when it now begins another. */
  readonly wrote?: (process: Process, record: WalRecord, log: DurableLog, former: DurableLog | null) => void;
  /** A record has become durable that begins a segment of a log or names a snapshot. */
  readonly segment?: (process: Process, file: string, record: WalRecord) => void;
  /** A segment of a log is gone. */
  readonly removed?: (process: Process, file: string) => void;
  /** A snapshot has become durable, or with none is gone. */
  readonly snapshot?: (process: Process, snapshot: Snapshot | undefined) => void;
  /** What a state machine keeps on disk itself has become durable up to an entry. */
  readonly kept?: (process: Process, record: MachineRecord) => void;
  /**
   * A member speaks as a leader, and the one who did so before was another or in another term. `isFirst`: nobody has
   * been heard as the leader of that term.
   */
  readonly led?: (from: Process, message: Message, isFirst: boolean) => void;
  /** A member speaks in a term of its own, and did not in its message before. */
  readonly spoke?: (from: Process, message: Message) => void;
  /** A leader tells how much is committed. */
  readonly told?: (from: Process, message: Message) => void;
  /** Any message. */
  readonly sent?: (from: Process, kind: Kind, message: Message) => void;
}

type Heard = { readonly [Call in keyof GroupListener]-?: NonNullable<GroupListener[Call]>[] };

const NOTHING = -1;

/** One for all properties of a run: a monitor goes `through` it. */
export class Group implements Observer {
  readonly sees = isApplied;
  readonly hears = isMessageKind;
  readonly logs = new DurableLogs();
  readonly membership = this.logs.membership;
  readonly leaders = new Leaders();
  /** The entry of the highest index that some member has applied. */
  newest: AppliedEntry | null = null;
  /** By process: the term it spoke in last, and the term and vote on its disk. */
  private readonly spokenTerm: number[] = [];
  private readonly storedTerm: number[] = [];
  private readonly storedVote: number[] = [];
  private readonly heard: Heard = {
    committed: [],
    applied: [],
    voted: [],
    wrote: [],
    segment: [],
    removed: [],
    snapshot: [],
    kept: [],
    led: [],
    spoke: [],
    told: [],
    sent: [],
  };

  listen(listener: GroupListener): void {
    const heard = this.heard as Record<string, unknown[]>;
    for (const [call, hears] of Object.entries(listener)) heard[call]?.push(hears);
  }

  crossed(process: Process, _what: Boundary, body: unknown): void {
    const entry = body as AppliedEntry;
    const { committed, applied } = this.heard;
    if (this.newest === null || entry.index > this.newest.index) this.newest = entry;
    if (this.membership.isNext(entry)) {
      for (let at = 0; at < committed.length; at++) committed[at]!(entry);
      this.membership.applied(entry);
    }
    for (let at = 0; at < applied.length; at++) applied[at]!(process, entry);
  }

  durable(process: Process, file: string, first: number, records: readonly unknown[]): void {
    if (isWalFile(file)) {
      if (records.length === 0 && first === 0) for (const removed of this.heard.removed) removed(process, file);
      for (let at = 0; at < records.length; at++) this.wrote(process, file, records[at] as WalRecord);
    } else if (file === machineFile) {
      if (records.length > 0) for (const kept of this.heard.kept) kept(process, records.at(-1) as MachineRecord);
    } else if (file === snapshotFile) {
      for (const snapshot of this.heard.snapshot) snapshot(process, records[0] as Snapshot | undefined);
    }
  }

  private wrote(process: Process, file: string, record: WalRecord): void {
    const { heard, logs } = this;
    const { head, snapshot, hardState } = record;
    const former = logs.note(process, record);
    if (head !== null) this.storedTerm[process.index] = NOTHING;
    if (hardState !== null) this.vote(process, hardState);
    const log = logs.of(process);
    for (let at = 0; at < heard.wrote.length; at++) heard.wrote[at]!(process, record, log, former);
    log.take(record);
    if (head !== null || snapshot !== null) for (const segment of heard.segment) segment(process, file, record);
  }

  private vote(process: Process, hardState: HardState): void {
    const { index } = process;
    const { term, vote } = hardState;
    if (this.storedTerm[index] === term && this.storedVote[index] === vote) return;
    for (const voted of this.heard.voted) voted(process, hardState);
    this.storedTerm[index] = term;
    this.storedVote[index] = vote;
  }

  sent(from: Process, _to: Process, kind: Kind, body: unknown): void {
    const message = body as Message;
    const { heard, leaders } = this;
    const { term } = message;
    if (isLeaderKind(kind) && !leaders.isLatest(from.index, term)) {
      const isFirst = leaders.hear(from.index, term);
      for (const led of heard.led) led(from, message, isFirst);
    }
    if (term !== this.spokenTerm[from.index] && term !== 0 && !isOfTermToCome(message)) {
      for (const spoke of heard.spoke) spoke(from, message);
      this.spokenTerm[from.index] = term;
    }
    if (kind === appendKind) for (let at = 0; at < heard.told.length; at++) heard.told[at]!(from, message);
    for (let at = 0; at < heard.sent.length; at++) heard.sent[at]!(from, kind, message);
  }

  emptied(process: Process): void {
    this.membership.emptied(process);
    this.spokenTerm[process.index] = NOTHING;
    this.storedTerm[process.index] = NOTHING;
  }

  started(process: Process): void {
    this.spokenTerm[process.index] = NOTHING;
  }
}

/** Pre-votes are asked for and promised in a term that nobody is in yet. The judge's own reading: Raft may be wrong about it. */
export function isOfTermToCome({ type, reject }: Message): boolean {
  return type === MessageType.preVote || (type === MessageType.preVoteResponse && !reject);
}

/** Makes the group of a run, or finds the one that another property of the run has made. */
export type GroupOf = (scene: Scene) => Group;

export function sharedGroups(): GroupOf {
  return oncePerRun(() => new Group());
}
