/** State machine safety (Raft figure 3): no two members apply different entries at the same index. */
import type { Monitor, Observer, Process, Property, Report } from '../../../sim/index.ts';
import { machineFile, snapshotFile, type AppliedEntry, type MachineRecord, type Snapshot } from '../../raft/index.ts';
import { judged, type Fact } from './evidence.ts';
import type { Group, GroupOf } from './group.ts';
import type { Membership } from './membership.ts';

/** So many indices must be forgotten before the arrays are cut. */
const SLACK = 1_024;

/** One member, as a state machine that entries are applied to. */
interface Machine {
  applied: number;
  /** Its newest durable snapshot. */
  snapshotIndex: number;
  /** What it keeps on disk itself holds this entry. */
  keptIndex: number;
  readonly process: Process;
  /** Nothing was applied in this incarnation. */
  fresh: boolean;
}

export function stateMachineSafety(groupOf: GroupOf): Property {
  return {
    id: 'raft/state-machine-safety',
    kind: 'always',
    title: 'all members apply the same entries in order, each of them once per incarnation',
    monitor: (report, scene, keepEvidence) => judged(new StateMachineSafety(report, groupOf(scene)), checkAll, keepEvidence),
  };
}

class StateMachineSafety implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly membership: Membership;
  private readonly machines: Machine[] = [];
  private readonly byProcess: (Machine | undefined)[] = [];
  private readonly sequence = new AppliedSequence();

  constructor(report: Report, group: Group) {
    this.report = report;
    this.membership = group.membership;
    this.through = [group];
    group.listen({
      applied: (process, entry) => this.applied(process, entry),
      snapshot: (process, snapshot) => this.snapshot(process, snapshot),
      kept: (process, { index }) => {
        this.machineOf(process).keptIndex = index;
      },
    });
  }

  private applied(process: Process, { index, term, hash }: AppliedEntry): void {
    const machine = this.machineOf(process);
    const expected = machine.fresh ? beginning(machine) : Math.max(machine.snapshotIndex, machine.applied) + 1;
    // A snapshot that is durable already is installed only a moment later.
    if (index !== expected && (machine.fresh || index !== machine.applied + 1)) {
      this.report.violated(`${process.name} applies entry ${index} where ${expected} is next`);
    }
    machine.applied = index;
    machine.fresh = false;
    if (!this.sequence.agrees(index, term, hash)) {
      this.report.violated(`${process.name} applies another entry at ${index} (term ${term}) than was applied there elsewhere`);
    }
  }

  private snapshot(process: Process, snapshot: Snapshot | undefined): void {
    if (snapshot === undefined) return;
    this.machineOf(process).snapshotIndex = snapshot.index;
    this.sequence.forget(this.forgettable());
  }

  emptied(process: Process): void {
    const machine = this.byProcess[process.index];
    if (machine === undefined) return;
    machine.applied = 0;
    machine.snapshotIndex = 0;
    machine.keptIndex = 0;
    machine.fresh = true;
  }

  started(process: Process): void {
    const machine = this.byProcess[process.index];
    if (machine !== undefined) machine.fresh = true;
  }

  private machineOf(process: Process): Machine {
    let machine = this.byProcess[process.index];
    if (machine === undefined) {
      machine = { process, applied: 0, snapshotIndex: 0, keptIndex: 0, fresh: true };
      this.byProcess[process.index] = machine;
      this.machines.push(machine);
    }
    return machine;
  }

  /**
   * No member will start from before this index again: each has a snapshot that reaches it, or gets one from somebody who has.
   */
  private forgettable(): number {
    const { machines, membership } = this;
    let least = Number.MAX_SAFE_INTEGER;
    for (const member of membership.members) {
      const machine = machines.find(({ process }) => membership.of(process) === member);
      least = Math.min(least, machine?.snapshotIndex ?? 0);
    }
    return least;
  }
}

/** A new incarnation has its snapshot, or what the machine kept itself where that is newer. */
function beginning({ snapshotIndex, keptIndex }: Machine): number {
  return Math.max(snapshotIndex, keptIndex) + 1;
}

/** What was applied first at each index: parallel arrays. */
class AppliedSequence {
  private first = 1;
  private terms: number[] = [];
  private hashes: number[] = [];

  agrees(index: number, term: number, hash: number): boolean {
    const at = index - this.first;
    if (at < 0) return true;
    if (at < this.terms.length && this.terms[at] !== 0) return this.terms[at] === term && this.hashes[at] === hash;
    while (this.terms.length <= at) {
      this.terms.push(0);
      this.hashes.push(0);
    }
    this.terms[at] = term;
    this.hashes[at] = hash;
    return true;
  }

  forget(index: number): void {
    const gone = index - this.first + 1;
    if (gone < SLACK) return;
    this.terms = this.terms.slice(gone);
    this.hashes = this.hashes.slice(gone);
    this.first += gone;
  }
}

/** Compares every life of every member with the longest sequence of all. */
function checkAll(facts: readonly Fact[]): string | null {
  const commands = new Map<number, string>();
  const lives = new Map<number, number[]>();
  const snapshots = new Map<number, number>();
  const kept = new Map<number, number>();
  for (const fact of facts) {
    if (fact.what === 'started') lives.set(fact.process, []);
    if (fact.what === 'durable' && fact.file === snapshotFile) {
      snapshots.set(fact.process, (fact.records[0] as Snapshot).index);
    }
    if (fact.what === 'durable' && fact.file === machineFile && fact.records.length > 0) {
      kept.set(fact.process, (fact.records.at(-1) as MachineRecord).index);
    }
    if (fact.what !== 'applied') continue;
    const { index, term, hash } = fact.entry;
    const command = `${term}/${hash}`;
    if ((commands.get(index) ?? command) !== command) return `entry ${index} is ${commands.get(index)} and ${command}`;
    commands.set(index, command);
    const life = lives.get(fact.process) ?? [];
    const newest = snapshots.get(fact.process) ?? 0;
    const previous = life.at(-1);
    const begins = Math.max(newest, kept.get(fact.process) ?? 0) + 1;
    const follows =
      previous === undefined ? index === begins : index === previous + 1 || (index === newest + 1 && newest > previous);
    if (!follows) return `process ${fact.process} applies ${index} after ${previous ?? 'a start'} with a snapshot at ${newest}`;
    lives.set(fact.process, [...life.slice(-1), index]);
  }
  return null;
}
