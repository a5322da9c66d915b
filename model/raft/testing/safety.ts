/** The safety properties of Raft, checked from scratch over a whole group after every action. */

import { changeConfiguration } from '../core/conf-change.ts';
import { describeConfiguration, type Configuration } from '../core/configuration.ts';
import type { Entry } from '../core/entry.ts';
import type { Raft } from '../core/raft.ts';

export class SafetyViolation extends Error {
  override readonly name = 'SafetyViolation';
  readonly property: string;

  constructor(property: string, message: string) {
    super(`${property}: ${message}`);
    this.property = property;
  }
}

interface Fact {
  readonly term: number;
  readonly hash: number;
  /** Term in which it was first seen committed. */
  readonly committedIn: number;
}

interface Seen {
  raft: Raft;
  term: number;
  commit: number;
  leading: boolean;
  log: readonly Entry[];
  /** Found to be the same: what the member counts by, and what it should. */
  configuration: Configuration | null;
  expected: Configuration | null;
}

export class SafetyMonitor {
  readsAnswered = 0;
  /** Made of the changes that were applied, by the index of each. */
  private readonly configurations: { readonly index: number; readonly configuration: Configuration }[];
  private readonly leaders = new Map<number, number>();
  private readonly committed = new Map<number, Fact>();
  private readonly applied = new Map<number, Entry>();
  private readonly readFloor = new Map<number, number>();
  private readonly seen = new Map<number, Seen>();
  /** Highest term each member has spoken in or reported durable. One it only heard of may be forgotten. */
  private readonly promised = new Map<number, number>();

  constructor(configuration: Configuration) {
    this.configurations = [{ index: 0, configuration }];
  }

  /** How many changes of membership were applied by somebody. */
  get changes(): number {
    return this.configurations.length - 1;
  }

  check(rafts: readonly Raft[]): void {
    for (const raft of rafts) this.checkMember(raft);
    for (let a = 0; a < rafts.length; a++) {
      for (let b = a + 1; b < rafts.length; b++) checkLogMatching(rafts[a]!, rafts[b]!);
    }
  }

  promise(member: number, term: number): void {
    if (term > (this.promised.get(member) ?? 0)) this.promised.set(member, term);
  }

  apply(member: number, entry: Entry): void {
    const known = this.applied.get(entry.index);
    if (known === undefined) {
      this.applied.set(entry.index, entry);
      const { configuration } = this.configurations.at(-1)!;
      if (entry.change !== null)
        this.configurations.push({ index: entry.index, configuration: changeConfiguration(configuration, entry.change) });
    } else if (known.hash !== entry.hash || known.term !== entry.term) {
      throw new SafetyViolation('raft/state-machine-safety', `member ${member} applied another entry at ${entry.index}`);
    }
  }

  /** A read begins: its answer must reach everything that anybody may have been told is committed. */
  readBegins(requestId: number): void {
    this.readFloor.set(requestId, Math.max(0, ...this.committed.keys()));
  }

  readAnswered(requestId: number, index: number): void {
    this.readsAnswered++;
    const floor = this.readFloor.get(requestId) ?? 0;
    if (index < floor) {
      throw new SafetyViolation(
        'store/linearizable-reads',
        `read ${requestId} at ${index} misses what was committed up to ${floor}`,
      );
    }
  }

  /** Hash of what was applied at an index, for checking snapshots. */
  appliedHash(index: number): number | undefined {
    return this.applied.get(index)?.hash;
  }

  private checkMember(raft: Raft): void {
    const before = this.seen.get(raft.id);
    const same = before?.raft === raft;
    const promised = Math.max(this.promised.get(raft.id) ?? 0, same ? before.term : 0);
    if (raft.term < promised) {
      throw new SafetyViolation('raft/term-monotonic', `member ${raft.id} went from term ${promised} to ${raft.term}`);
    }
    if (same && raft.commit < before.commit) {
      throw new SafetyViolation('raft/commit-monotonic', `member ${raft.id} went from ${before.commit} to ${raft.commit}`);
    }
    if (raft.isLeader) {
      const other = this.leaders.get(raft.term);
      if (other !== undefined && other !== raft.id) {
        throw new SafetyViolation('raft/election-safety', `${other} and ${raft.id} both lead term ${raft.term}`);
      }
      this.leaders.set(raft.term, raft.id);
      if (same) checkAppendOnly(raft, before.log);
      if (!same || !before.leading || before.term !== raft.term) this.checkCompleteness(raft);
    }
    this.noteCommitted(raft, same ? before.commit : 0);
    const { configuration } = raft;
    const expected = this.configurations.findLast(({ index }) => index <= raft.applied)!.configuration;
    if (before?.configuration !== configuration || before.expected !== expected) checkConfiguration(raft, expected);
    this.seen.set(raft.id, {
      raft,
      term: raft.term,
      commit: raft.commit,
      leading: raft.isLeader,
      log: logOf(raft),
      configuration,
      expected,
    });
  }

  private checkCompleteness(leader: Raft): void {
    for (const [index, fact] of this.committed) {
      if (fact.committedIn >= leader.term || index < leader.firstIndex) continue;
      if (leader.termAt(index) !== fact.term) {
        throw new SafetyViolation(
          'raft/leader-completeness',
          `leader ${leader.id} of term ${leader.term} lacks committed ${index}`,
        );
      }
    }
  }

  private noteCommitted(raft: Raft, from: number): void {
    for (let index = from + 1; index <= raft.commit; index++) {
      const entry = raft.entryAt(index);
      if (entry === null) continue;
      const known = this.committed.get(index);
      if (known === undefined) this.committed.set(index, { term: entry.term, hash: entry.hash, committedIn: raft.term });
      else if (known.term !== entry.term) {
        throw new SafetyViolation('raft/state-machine-safety', `member ${raft.id} commits another entry at ${index}`);
      }
    }
  }
}

function checkConfiguration(raft: Raft, expected: Configuration): void {
  const [is, should] = [raft.configuration, expected].map(describeConfiguration);
  if (is === should) return;
  throw new SafetyViolation(
    'raft/state-machine-safety',
    `member ${raft.id} counts by ${is}, and not by ${should}, at ${raft.applied}`,
  );
}

function logOf(raft: Raft): readonly Entry[] {
  const log: Entry[] = [];
  for (let index = raft.firstIndex; index <= raft.lastIndex; index++) log.push(raft.entryAt(index)!);
  return log;
}

function checkAppendOnly(leader: Raft, before: readonly Entry[]): void {
  for (const entry of before) {
    if (entry.index >= leader.firstIndex && leader.termAt(entry.index) !== entry.term) {
      throw new SafetyViolation('raft/leader-append-only', `leader ${leader.id} changed its entry ${entry.index}`);
    }
  }
}

function checkLogMatching(a: Raft, b: Raft): void {
  const first = Math.max(a.firstIndex, b.firstIndex);
  let agree = false;
  for (let index = Math.min(a.lastIndex, b.lastIndex); index >= first; index--) {
    const left = a.entryAt(index)!;
    const right = b.entryAt(index)!;
    if (left.term === right.term) agree = true;
    if ((left.term === right.term && left.hash !== right.hash) || (agree && left.term !== right.term)) {
      throw new SafetyViolation('raft/log-matching', `members ${a.id} and ${b.id} part at ${index} and agree after it`);
    }
  }
}
