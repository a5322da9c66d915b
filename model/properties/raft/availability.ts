/** Availability: when all faults are over, a majority that can talk makes progress within a bound, and whoever runs keeps up. */
import {
  formatTime,
  seconds,
  type Kind,
  type Micros,
  type Monitor,
  type Observer,
  type Process,
  type Property,
  type Report,
  type Scene,
} from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import {
  appendKind,
  appendResponseKind,
  heartbeatKind,
  heartbeatResponseKind,
  membersOf,
  type AppliedEntry,
  type Configuration,
  type MemberId,
  type Message,
} from '../../raft/index.ts';
import type { Group, GroupOf } from './group.ts';
import { quorumOf } from './membership.ts';

/** Ample: an election takes two. */
const TIMEOUTS = 20;
/**
 * A snapshot travels in chunks, each of which takes a round trip: on a slow network that takes
 * long, however short the timeouts are.
 */
const SNAPSHOT_US: Micros = seconds(2);

/** What is counted from the heal on. */
interface Answer {
  readonly term: number;
  readonly from: MemberId;
}

/**
 * By then a majority answers somebody who leads, and every member that has been in the group for half of that time runs, has on
 * its disk what was committed when the faults ended, and has applied it. What makes it start again once the faults are over is its
 * own doing, and no excuse; a disk that has rotted is one.
 */
export function availability(groupOf: GroupOf, design: Design): Property {
  const boundUs = availabilityBoundUs(design);
  return {
    id: 'raft/availability',
    kind: 'always',
    title: `within ${TIMEOUTS} election timeouts and ${formatTime(SNAPSHOT_US)} after all faults are over, a majority has a leader, and every member keeps up`,
    monitor: (report, scene, keepEvidence) => new Availability(report, scene, groupOf(scene), boundUs, keepEvidence),
  };
}

/** A member that was judged: nothing was in its way. */
interface JudgedMember {
  readonly name: string;
  /** What it should have done by now, in words; null: it keeps up. */
  readonly misses: string | null;
}

class Availability implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly group: Group;
  private readonly boundUs: Micros;
  /** By process, when it could first run, or began to be a member. */
  private readonly sinceUs: Micros[] = [];
  /** By process, when the life began that it is in. */
  private readonly startedUs: Micros[] = [];
  /** By process: the last entry that it has applied in this life, or a snapshot of its state covers, and the last one on its disk. */
  private readonly applied: number[] = [];
  private readonly kept: number[] = [];
  private readonly processes: Process[] = [];
  private dueUs = Number.POSITIVE_INFINITY;
  /** What was committed when the faults ended; null if nothing was. */
  private goal: AppliedEntry | null = null;
  private term = 0;
  /** Who has spoken in the newest term in which somebody leads, and in the one before. */
  private answered: MemberId[] = [];
  private before: MemberId[] = [];
  private judgedMembers: readonly JudgedMember[] | null = null;
  private readonly evidence: Answer[] | null;

  constructor(report: Report, scene: Scene, group: Group, boundUs: Micros, keepEvidence: boolean) {
    this.report = report;
    this.scene = scene;
    this.group = group;
    this.boundUs = boundUs;
    this.through = [group];
    this.evidence = keepEvidence ? [] : null;
    group.listen({
      // Who has joined begins with an empty log.
      wrote: (process, { head }) => {
        if (head?.segment === 1) this.sinceUs[process.index] = scene.nowUs();
      },
      applied: ({ index: at }, { index }) => void (this.applied[at] = index),
      snapshot: (process, snapshot) => this.keeps(process, snapshot?.index ?? 0),
      kept: (process, { index }) => this.keeps(process, index),
    });
  }

  /** Its state up to an entry is durable: an own one that was applied, or one that was received and takes its place. */
  private keeps({ index: at }: Process, index: number): void {
    this.kept[at] = Math.max(this.kept[at] ?? 0, index);
    this.applied[at] = Math.max(this.applied[at] ?? 0, index);
  }

  emptied({ index }: Process): void {
    this.kept[index] = 0;
  }

  started(process: Process): void {
    const { index } = process;
    const nowUs = this.scene.nowUs();
    if (this.sinceUs[index] === undefined) {
      this.processes.push(process);
      this.sinceUs[index] = nowUs;
    }
    this.startedUs[index] = nowUs;
    this.applied[index] = this.kept[index] ?? 0;
  }

  healed(nowUs: Micros): void {
    this.dueUs = nowUs + this.boundUs;
    this.goal = this.group.newest;
    this.group.listen({ sent: (_from, kind, message) => this.said(kind, message) });
  }

  passed(nowUs: Micros): Micros {
    if (this.judgedMembers !== null) return Number.POSITIVE_INFINITY;
    if (nowUs >= this.dueUs) this.judge();
    return this.dueUs;
  }

  private said(kind: Kind, message: Message): void {
    const leads = kind === appendKind || kind === heartbeatKind;
    if (!leads && kind !== appendResponseKind && kind !== heartbeatResponseKind) return;
    if (leads && message.term > this.term) {
      this.term = message.term;
      this.before = this.answered;
      this.answered = [];
    }
    if (message.term !== this.term || !(leads || !message.reject)) return;
    if (!this.answered.includes(message.from)) this.answered.push(message.from);
    this.evidence?.push({ term: this.term, from: message.from });
  }

  private judge(): void {
    const { membership } = this.group;
    const { latest } = membership;
    if (latest === undefined) return;
    this.judgedMembers = this.unhinderedMembers();
    // Where a majority cannot even run there is nothing to ask for: an unrestricted plan may have taken it.
    if (this.judgedMembers.length * 2 <= membership.members.length) return;
    const isLed = (voices: readonly MemberId[]): boolean =>
      voices.length > 0 && quorumOf(latest.configuration, (member) => voices.includes(member));
    // Another one may have begun to lead a moment ago.
    if (!isAlone(latest.configuration) && !isLed(this.answered) && !isLed(this.before)) {
      this.report.violated(`${formatTime(this.boundUs)} after the faults no leader is answered by a majority`);
    }
    for (const { name, misses } of this.judgedMembers) {
      if (misses !== null) this.report.violated(`${name} ${misses}, and nothing is in its way`);
    }
  }

  /** Those that could run for long enough, with what they miss. */
  private unhinderedMembers(): readonly JudgedMember[] {
    const { membership } = this.group;
    return this.processes
      .filter(
        (process) =>
          membership.members.includes(membership.of(process)) &&
          this.isLongAgo(this.sinceUs[process.index]!) &&
          (this.goesOn(process) || !process.disk.isRotten),
      )
      .map((process) => ({ name: process.name, misses: this.missedBy(process) }));
  }

  private missedBy(process: Process): string | null {
    const { goal } = this;
    if (!this.goesOn(process)) return 'does not go on running';
    if (goal === null) return null;
    const what = `entry ${goal.index}, committed ${formatTime(this.boundUs)} ago`;
    if (!this.group.logs.of(process).holds(goal.index, goal.term)) return `does not hold ${what}`;
    return this.applied[process.index]! < goal.index ? `has not applied ${what}` : null;
  }

  /** No life of it has ended for long: after the faults only a process itself ends one. */
  private goesOn(process: Process): boolean {
    return process.up && this.isLongAgo(this.startedUs[process.index]!);
  }

  private isLongAgo(atUs: Micros): boolean {
    return this.dueUs - atUs >= this.boundUs / 2;
  }

  fullCheck(): string | null {
    const {
      judgedMembers,
      group: { membership },
    } = this;
    if (judgedMembers === null) return null;
    const behind = judgedMembers.find(({ misses }) => misses !== null);
    if (behind !== undefined) return `${behind.name} ${behind.misses}`;
    const { latest } = membership;
    const evidence = this.evidence ?? [];
    const terms = [...new Set(evidence.map((answer) => answer.term))].slice(-2);
    const voices = (of: number): Set<MemberId> =>
      new Set(evidence.filter((answer) => answer.term === of).map(({ from }) => from));
    const enough =
      latest === undefined ||
      isAlone(latest.configuration) ||
      terms.map(voices).some((heard) => quorumOf(latest.configuration, (member) => heard.has(member)));
    return enough || judgedMembers.length * 2 <= membership.members.length ? null : 'nobody leads a majority';
  }
}

/** From the heal on. A run that ends sooner is not judged. */
export function availabilityBoundUs({ heartbeatUs, electionTicks }: Design): Micros {
  return TIMEOUTS * heartbeatUs * electionTicks + SNAPSHOT_US;
}

/** Such a leader has nobody to speak to. */
function isAlone(configuration: Configuration): boolean {
  return membersOf(configuration).length === 1;
}
