/** Availability: when all faults are over, a majority that can talk makes progress within a bound, and whoever runs keeps up. */
import { formatTime, seconds, type Kind, type Micros, type Process, type Property } from '../../../sim/index.ts';
import type { Design } from '../../design.ts';
import {
  appendKind, appendResponseKind, heartbeatKind, heartbeatResponseKind, membersOf, type AppliedEntry, type Configuration, type MemberId, type Message,
} from '../../raft/index.ts';
import type { GroupOf } from './group.ts';
import { quorumOf } from './membership.ts';

/** Ample: an election takes two. */
const TIMEOUTS = 20;
/** A snapshot travels in chunks, a round trip for each, which lasts as long as the network is slow, however short timeouts are. */
const SNAPSHOT_US: Micros = seconds(2);

/** What is counted from the heal on. */
interface Answer {
  readonly term: number;
  readonly from: MemberId;
}

/**
 * By then somebody leads whom a majority answers, and every member that has been of the group and running for half of that time holds on
 * its disk what was committed when the faults ended. One whose disk has rotted does not run.
 */
export function availability(groupOf: GroupOf, design: Design): Property {
  const boundUs = availabilityBoundUs(design);
  return {
    id: 'raft/availability',
    kind: 'always',
    title: `within ${TIMEOUTS} election timeouts and ${formatTime(SNAPSHOT_US)} after all faults are over, a majority has a leader, and every member keeps up`,
    monitor(report, scene, keepEvidence) {
      const group = groupOf(scene);
      const { logs } = group;
      /** By process, when it began to run, or to be a member. */
      const sinceUs: Micros[] = [];
      const processes: Process[] = [];
      let dueUs = Number.POSITIVE_INFINITY;
      /** What was committed when the faults ended; null if nothing was. */
      let goal: AppliedEntry | null = null;
      let term = 0;
      /** Who has spoken in the newest term in which somebody leads, and in the one before. */
      let answered: MemberId[] = [];
      let before: MemberId[] = [];
      const evidence: Answer[] = [];
      let judgedMembers: { readonly name: string; readonly holds: boolean }[] | null = null;

      /** Those that run, with what they lack. */
      function members(): { readonly name: string; readonly holds: boolean }[] {
        const { latest } = logs.membership;
        if (latest === undefined) return [];
        return processes
          .filter((process) => process.up && logs.membership.members.includes(logs.membership.of(process)) && dueUs - sinceUs[process.index]! >= boundUs / 2)
          .map((process) => ({ name: process.name, holds: goal === null || logs.of(process).holds(goal.index, goal.term) }));
      }

      function judge(): void {
        const { latest } = logs.membership;
        if (latest === undefined) return;
        judgedMembers = members();
        const running = judgedMembers.length;
        // Where a majority does not even run there is nothing to ask for: an unrestricted plan may have taken it.
        if (running * 2 <= logs.membership.members.length) return;
        const isLed = (voices: readonly MemberId[]): boolean => voices.length > 0 && quorumOf(latest.configuration, (member) => voices.includes(member));
        // Just now another one may have begun to lead.
        if (!isAlone(latest.configuration) && !isLed(answered) && !isLed(before)) {
          report.violated(`${formatTime(boundUs)} after the faults no leader is answered by a majority`);
        }
        for (const { name, holds } of judgedMembers) {
          if (!holds) report.violated(`${name} does not hold entry ${goal?.index}, committed ${formatTime(boundUs)} ago, and nothing is in its way`);
        }
      }

      function said(_from: Process, kind: Kind, message: Message): void {
        const leads = kind === appendKind || kind === heartbeatKind;
        if (!leads && kind !== appendResponseKind && kind !== heartbeatResponseKind) return;
        if (leads && message.term > term) {
          term = message.term;
          before = answered;
          answered = [];
        }
        if (message.term !== term || !(leads || !message.reject)) return;
        if (!answered.includes(message.from)) answered.push(message.from);
        if (keepEvidence) evidence.push({ term, from: message.from });
      }

      // Who has joined begins with an empty log.
      group.listen({
        wrote(process, { head }) {
          if (head?.segment === 1) sinceUs[process.index] = scene.nowUs();
        },
      });

      return {
        through: [group],
        started(process: Process): void {
          if (sinceUs[process.index] === undefined) processes.push(process);
          sinceUs[process.index] = scene.nowUs();
        },
        healed(nowUs: Micros): void {
          dueUs = nowUs + boundUs;
          goal = group.newest;
          group.listen({ sent: said });
        },
        passed(nowUs: Micros): Micros {
          if (judgedMembers !== null) return Number.POSITIVE_INFINITY;
          if (nowUs >= dueUs) judge();
          return dueUs;
        },
        fullCheck() {
          if (judgedMembers === null) return null;
          const behind = judgedMembers.find(({ holds }) => !holds);
          if (behind !== undefined) return `${behind.name} is behind`;
          const { latest } = logs.membership;
          const terms = [...new Set(evidence.map((answer) => answer.term))].slice(-2);
          const voices = (of: number): Set<MemberId> => new Set(evidence.filter((answer) => answer.term === of).map(({ from }) => from));
          const enough = latest === undefined || isAlone(latest.configuration) || terms.map(voices).some((heard) => quorumOf(latest.configuration, (member) => heard.has(member)));
          return enough || judgedMembers.length * 2 <= logs.membership.members.length ? null : 'nobody leads a majority';
        },
      };
    },
  };
}

/** From the heal on. A run that ends sooner is not judged. */
export function availabilityBoundUs({ heartbeatUs, electionTicks }: Design): Micros {
  return TIMEOUTS * heartbeatUs * electionTicks + SNAPSHOT_US;
}

/** Such a leader has nobody to speak to. */
function isAlone(configuration: Configuration): boolean {
  return membersOf(configuration).length === 1;
}
