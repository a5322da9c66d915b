/** Members catch up: what had been applied when all faults were over every member comes to hold. */
import type { Process, Property } from '../../../sim/index.ts';
import { leaderAmong, type RaftNodeView } from '../../raft/index.ts';
import type { StoreMemberView } from '../../store/member/member.ts';

/**
 * No member is left behind: each comes to hold what had been applied when all faults were over. (More cannot be asked of
 * every design: where a snapshot takes longer than the log behind it reaches, a member follows from one to the next.) One
 * whose disk has rotted stays away until it is replaced: it cannot know what it has promised. Whoever was removed, or
 * waits to be added, has nothing to hold.
 */
export const membersCatchUp: Property = {
  id: 'store/members-catch-up',
  kind: 'eventually',
  title: 'after the faults every member whose disk is whole catches up with what had been applied by then',
  monitor: (_report, scene) => {
    const members = (): readonly Process[] => scene.processes().filter(({ name }) => name.startsWith('store-'));
    const viewOf = ({ name }: Process): StoreMemberView | null => scene.inspect(name) as StoreMemberView | null;
    let goal = 0;
    return {
      healed: () => void (goal = Math.max(...members().map((member) => viewOf(member)?.raft.applied ?? 0))),
      *waits() {
        // A world of one's own may have no store.
        if (members().length === 0) return;
        const leader = leaderAmong(members().map((member) => viewOf(member)?.raft ?? null));
        if (leader === null) {
          yield 'there is no leader';
          return;
        }
        for (const member of members()) {
          const { name, disk } = member;
          if (disk.isRotten || !belongs(name, leader)) continue;
          const view = viewOf(member);
          if (view === null || view.raft.raft === null) yield `${name} is not up`;
          else if (view.raft.leader === null) yield `${name} knows no leader`;
          else if (view.raft.applied < goal) yield `${name} has applied entry ${view.raft.applied} of ${goal}`;
        }
      },
    };
  },
};

/** The process is a member of the leader's group now. */
function belongs(process: string, { raft, members }: RaftNodeView): boolean {
  const { voters = [], learners = [] } = raft?.configuration ?? {};
  return members.some((member) => member.process === process && (voters.includes(member.id) || learners.includes(member.id)));
}
