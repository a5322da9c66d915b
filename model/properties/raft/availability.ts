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
 * By then a majority answers somebody who leads, and every member that has belonged to the group and been running for half of
 * that time has on its disk what was committed when the faults ended. A member whose disk has rotted does not run.
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

/** A member that was judged: it was running, and nothing was in its way. */
interface JudgedMember {
  readonly name: string;
  /** It has on its disk what it should. */
  readonly holds: boolean;
}

class Availability implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly scene: Scene;
  private readonly group: Group;
  private readonly boundUs: Micros;
  /** By process, when it began to run, or to be a member. */
  private readonly sinceUs: Micros[] = [];
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
    // Who has joined begins with an empty log.
    group.listen({
      wrote: (process, { head }) => {
        if (head?.segment === 1) this.sinceUs[process.index] = scene.nowUs();
      },
    });
  }

  started(process: Process): void {
    if (this.sinceUs[process.index] === undefined) this.processes.push(process);
    this.sinceUs[process.index] = this.scene.nowUs();
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
    this.judgedMembers = this.runningMembers();
    // Where a majority does not even run there is nothing to ask for: an unrestricted plan may have taken it.
    if (this.judgedMembers.length * 2 <= membership.members.length) return;
    const isLed = (voices: readonly MemberId[]): boolean =>
      voices.length > 0 && quorumOf(latest.configuration, (member) => voices.includes(member));
    // Another one may have begun to lead a moment ago.
    if (!isAlone(latest.configuration) && !isLed(this.answered) && !isLed(this.before)) {
      this.report.violated(`${formatTime(this.boundUs)} after the faults no leader is answered by a majority`);
    }
    for (const { name, holds } of this.judgedMembers) {
      if (!holds)
        this.report.violated(
          `${name} does not hold entry ${this.goal?.index}, committed ${formatTime(this.boundUs)} ago, and nothing is in its way`,
        );
    }
  }

  /** Those that have run for long enough, with whether they hold what they should. */
  private runningMembers(): readonly JudgedMember[] {
    const {
      goal,
      group: { logs, membership },
    } = this;
    return this.processes
      .filter(
        (process) =>
          process.up &&
          membership.members.includes(membership.of(process)) &&
          this.dueUs - this.sinceUs[process.index]! >= this.boundUs / 2,
      )
      .map((process) => ({ name: process.name, holds: goal === null || logs.of(process).holds(goal.index, goal.term) }));
  }

  fullCheck(): string | null {
    const {
      judgedMembers,
      group: { membership },
    } = this;
    if (judgedMembers === null) return null;
    const behind = judgedMembers.find(({ holds }) => !holds);
    if (behind !== undefined) return `${behind.name} is behind`;
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
