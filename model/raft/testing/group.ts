/** A group of members without a kernel: messages lie in a list until the test delivers them, writes until it syncs them. */

import type { ConfChange, MemberChange, Transition } from '../core/conf-change.ts';
import { createConfiguration, type Configuration } from '../core/configuration.ts';
import type { Entry } from '../core/entry.ts';
import { MessageType, type Message } from '../core/message.ts';
import type { ChangeRefusal } from '../core/membership.ts';
import type { Recovered } from '../core/options.ts';
import { Raft } from '../core/raft.ts';
import type { ReadState, Ready } from '../core/ready.ts';
import { isOfTermToCome } from '../../properties/raft/group.ts';
import { TestDisk } from './disk.ts';
import { SafetyMonitor } from './safety.ts';

export const ELECTION_TICKS = 10;

export interface GroupOptions {
  readonly members?: number;
  /** Processes with ids after the members', which wait to be added. */
  readonly spares?: number;
  readonly defects?: readonly string[];
  /** Writes become durable at once; else only by `sync`. */
  readonly autoSync?: boolean;
  readonly maxAppendBytes?: number;
  readonly maxInflight?: number;
  readonly seed?: number;
  /** Off unless said: most schedules are of the paper's Raft, where whoever campaigns is heard. */
  readonly preVote?: boolean;
  readonly checkQuorum?: boolean;
  /** Members of the group have one clock between them: `nowUs`. */
  readonly readMode?: 'read-index' | 'lease';
  readonly maxInflightBytes?: number;
  readonly maxCommittedBytes?: number;
  readonly maxUncommittedBytes?: number;
  /** Logs to start with, member 1 first: the term of each entry. All start in the highest term of all, nothing committed. */
  readonly logs?: readonly (readonly number[])[];
}

export interface MessageFilter {
  readonly type?: MessageType;
  readonly from?: number;
  readonly to?: number;
}

interface Node {
  raft: Raft | null;
  readonly disk: TestDisk;
  /** Readys whose step 4 is due, with the disk position that must be durable first. */
  waiting: { readonly ready: Ready; readonly position: number }[];
  stableSequence: number;
  applied: Entry[];
  reads: ReadState[];
}

export class TestGroup {
  readonly safety: SafetyMonitor;
  readonly ids: readonly number[];
  private readonly configuration: Configuration;
  /** Sent and not delivered, oldest first. */
  network: Message[] = [];
  autoSync: boolean;
  /** A tick is 1,000 of it. Moved by the test. */
  nowUs = 0;
  private readonly options: GroupOptions;
  private readonly nodes: Node[] = [];
  private random: number;
  private commands = 0;
  private requests = 0;

  constructor(options: GroupOptions = {}) {
    this.options = options;
    this.autoSync = options.autoSync ?? true;
    this.random = (options.seed ?? 1) >>> 0;
    const { members = 3, spares = 0 } = options;
    this.ids = Array.from({ length: members + spares }, (_, at) => at + 1);
    this.configuration = createConfiguration(this.ids.slice(0, members));
    this.safety = new SafetyMonitor(this.configuration);
    for (const id of this.ids) {
      this.nodes[id] = { raft: null, disk: new TestDisk(), waiting: [], stableSequence: 0, applied: [], reads: [] };
    }
    const term = Math.max(0, ...(options.logs ?? []).flat());
    options.logs?.forEach((terms, at) => {
      this.nodes[at + 1]!.disk.format(terms, term);
    });
    for (const id of this.ids) this.start(id);
  }

  raft(id: number): Raft {
    const { raft } = this.nodes[id]!;
    if (raft === null) throw new Error(`member ${id} is down`);
    return raft;
  }

  isUp(id: number): boolean {
    return this.nodes[id]!.raft !== null;
  }

  applied(id: number): readonly Entry[] {
    return this.nodes[id]!.applied;
  }

  reads(id: number): readonly ReadState[] {
    return this.nodes[id]!.reads;
  }

  /** Runs one call on a member, then does what its Readys ask for. */
  on<Result>(id: number, call: (raft: Raft) => Result): Result {
    const result = call(this.raft(id));
    this.serve(id);
    this.check();
    return result;
  }

  propose(id: number): Entry | null {
    const command = ++this.commands;
    return this.on(id, (raft) => raft.propose(`command ${command}`, 100, command));
  }

  /** Proposes to change the membership, as `add-voter 4` and the like. */
  change(id: number, changes: string, transition: Transition = 'auto'): Entry | ChangeRefusal {
    return this.on(id, (raft) =>
      raft.proposeConfChange(parseChange(changes, transition), `change ${++this.commands}`, 100, this.commands),
    );
  }

  /** Asks for a linearizable read. Returns its number, or 0 if no leader is known. */
  read(id: number): number {
    const request = ++this.requests;
    this.safety.readBegins(request);
    return this.on(id, (raft) => raft.readIndex(request)) ? request : 0;
  }

  tick(id: number, times = 1): void {
    for (let at = 0; at < times; at++)
      this.on(id, (raft) => {
        raft.tick();
      });
  }

  /** Makes `id` a candidate and delivers everything that follows. */
  elect(id: number): void {
    this.on(id, (raft) => {
      raft.campaign();
    });
    this.settle();
  }

  /** Delivers the message; to a member that is down it is lost. */
  deliver(message: Message): void {
    if (this.isUp(message.to))
      this.on(message.to, (raft) => {
        raft.step(message);
      });
  }

  /** Takes messages out of the network and delivers them; what they give rise to stays. */
  deliverAll(filter: MessageFilter = {}): void {
    for (const message of this.take(filter)) this.deliver(message);
  }

  /** Delivers requests for votes and the votes, nothing else: the winner's first appends stay in the network. */
  vote(candidate: number): void {
    this.on(candidate, (raft) => {
      raft.campaign();
    });
    this.deliverAll({ type: MessageType.vote, from: candidate });
    this.deliverAll({ type: MessageType.voteResponse, to: candidate });
  }

  /** Takes messages out of the network: all of a type, of a sender, to a receiver; without a filter all. */
  take(filter: MessageFilter = {}): Message[] {
    const taken: Message[] = [];
    const left: Message[] = [];
    for (const message of this.network) {
      const fits =
        (filter.type === undefined || message.type === filter.type) &&
        (filter.from === undefined || message.from === filter.from) &&
        (filter.to === undefined || message.to === filter.to);
      (fits ? taken : left).push(message);
    }
    this.network = left;
    return taken;
  }

  /** Delivers in order until nothing is under way between `among`; what goes to or comes from others is lost. */
  settle(among: readonly number[] = this.ids): void {
    for (let steps = 0; this.network.length > 0; steps++) {
      if (steps > 20_000) throw new Error('the group does not settle');
      const message = this.network.shift()!;
      if (among.includes(message.to) && among.includes(message.from)) this.deliver(message);
    }
  }

  sync(id: number): void {
    const node = this.nodes[id]!;
    node.disk.sync(node.disk.written);
    this.finishWrites(id);
    this.serve(id);
    this.check();
  }

  /** Everything in memory is lost, and all unsynced writes but the first `kept`. */
  crash(id: number, kept = 0): void {
    const node = this.nodes[id]!;
    node.disk.crash(kept);
    node.raft = null;
    node.waiting = [];
    node.applied = [];
    node.reads = [];
  }

  start(id: number): void {
    this.restartFrom(id, this.disk(id).recover());
    this.serve(id);
    this.check();
  }

  disk(id: number): TestDisk {
    return this.nodes[id]!.disk;
  }

  /** Another incarnation that has read this; it is not served yet. */
  restartFrom(id: number, recovered: Recovered): Raft {
    const node = this.nodes[id]!;
    node.stableSequence = 0;
    const raft = new Raft({
      id,
      configuration: this.configuration,
      electionTicks: ELECTION_TICKS,
      preVote: this.options.preVote ?? false,
      checkQuorum: this.options.checkQuorum ?? false,
      maxAppendBytes: this.options.maxAppendBytes ?? 1000,
      maxInflight: this.options.maxInflight ?? 4,
      maxInflightBytes: this.options.maxInflightBytes ?? 0,
      maxCommittedBytes: this.options.maxCommittedBytes ?? 1_000_000,
      maxUncommittedBytes: this.options.maxUncommittedBytes ?? 0,
      readMode: this.options.readMode ?? 'read-index',
      leaseMarginPercent: 20,
      tickUs: 1_000,
      nowUs: () => this.nowUs,
      snapshotRetryTicks: 20,
      random: (bound) => this.draw(bound),
      recovered,
      defects: new Set(this.options.defects ?? []),
    });
    node.raft = raft;
    return raft;
  }

  /** Snapshot at what was applied, keeping `keep` entries of the log behind it. */
  compact(id: number, keep = 0): void {
    const node = this.nodes[id]!;
    const raft = this.raft(id);
    const index = raft.applied;
    if (index < raft.firstIndex) return;
    node.disk.writeOwnSnapshot(raft.createSnapshot(index, `state at ${index}`, 500, this.safety.appliedHash(index) ?? 0));
    if (this.autoSync) this.sync(id);
    else node.disk.sync(node.disk.written);
    this.finishWrites(id);
    if (index - keep >= raft.firstIndex) raft.compact(index - keep);
    this.serve(id);
    this.check();
  }

  draw(bound: number): number {
    this.random = (Math.imul(this.random, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.random / 0x1_0000_0000) * bound);
  }

  private serve(id: number): void {
    const node = this.nodes[id]!;
    const { raft } = node;
    while (raft !== null && raft.hasReady()) {
      const ready = raft.takeReady();
      this.post(ready.messages);
      node.disk.write(ready);
      for (const entry of ready.committed) {
        this.safety.apply(id, entry);
        node.applied.push(entry);
      }
      for (const read of ready.readStates) {
        this.safety.readAnswered(read.requestId, read.index);
        node.reads.push(read);
      }
      node.waiting.push({ ready, position: node.disk.written });
      if (this.autoSync) node.disk.sync(node.disk.written);
      this.finishWrites(id);
    }
  }

  private finishWrites(id: number): void {
    const node = this.nodes[id]!;
    const { waiting, raft } = node;
    while (raft !== null && waiting.length > 0) {
      const { ready, position } = waiting[0]!;
      const durable = ready.mustSync ? node.disk.isDurable(position) : ready.sequence <= node.stableSequence;
      if (!durable) return;
      waiting.shift();
      this.post(ready.messagesAfterSync);
      if (!ready.mustSync) continue;
      node.stableSequence = ready.sequence;
      this.safety.promise(id, ready.hardState?.term ?? 0);
      raft.stable(ready.sequence);
    }
  }

  private post(messages: readonly Message[]): void {
    for (const message of messages) {
      if (!isOfTermToCome(message)) this.safety.promise(message.from, message.term);
      this.network.push(deepFreeze(message));
    }
  }

  private check(): void {
    this.safety.check(this.ids.flatMap((id) => this.nodes[id]!.raft ?? []));
  }
}

/** `add-voter 4, remove 1`; nothing: leave the joint configuration. */
export function parseChange(changes: string, transition: Transition): ConfChange {
  const words = changes === '' ? [] : changes.split(', ');
  return {
    transition,
    changes: words.map((word) => {
      const [change, member] = word.split(' ') as [MemberChange['change'], string];
      return { change, member: Number(member) };
    }),
  };
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
