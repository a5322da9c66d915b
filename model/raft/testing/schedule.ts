/** Runs a random schedule: each number is one thing that happens to the group. */

import { changeConfiguration, type ConfChange } from '../core/conf-change.ts';
import { isJoint, membersOf, type Configuration } from '../core/configuration.ts';
import { majority } from '../core/quorum.ts';
import type { Raft } from '../core/raft.ts';
import { parseChange, TestGroup, type GroupOptions } from './group.ts';

/** Relative frequency of what may happen. Much is delivered, so that the group gets somewhere between faults. */
const weights = Object.freeze([
  ['deliver', 44],
  ['deliverAny', 8],
  ['drop', 2],
  ['duplicate', 3],
  ['tick', 9],
  ['sync', 16],
  ['propose', 8],
  ['crash', 1],
  ['restart', 3],
  ['compact', 2],
  ['read', 4],
  ['isolate', 1],
  ['transfer', 1],
  ['resign', 1],
  ['change', 2],
] as const);

type Action = (typeof weights)[number][0];

const actions: readonly Action[] = weights.flatMap(([action, weight]) => Array.from({ length: weight }, () => action));

/** Throws SafetyViolation or RaftPanic when the group misbehaves. Returns the group for a look at what it achieved. */
export function runSchedule(schedule: readonly number[], options: GroupOptions): TestGroup {
  const group = new TestGroup({ ...options, autoSync: false });
  let isolated = 0;
  for (const step of schedule) {
    const action = actions[step % actions.length]!;
    const chance = Math.floor(step / actions.length);
    const id = group.ids[chance % group.ids.length]!;
    const { network } = group;
    const at = chance % Math.max(network.length, 1);
    switch (action) {
      case 'deliver':
      case 'deliverAny':
        // Mostly in order and a few at once, else nothing is ever agreed on.
        for (const message of action === 'deliver' ? network.splice(0, 1 + (chance % 4)) : network.splice(at, 1)) {
          if (message.from !== isolated && message.to !== isolated) group.deliver(message);
        }
        break;
      case 'drop':
        network.splice(at, 1);
        break;
      case 'duplicate':
        if (network.length > 0) network.push(network[at]!);
        break;
      case 'tick':
        // Leases need clocks that run alike.
        if (options.readMode === 'lease') tickEverybody(group);
        else if (group.isUp(id)) group.tick(id, 1 + (chance % 4));
        break;
      case 'sync':
        if (group.isUp(id)) group.sync(id);
        break;
      case 'propose':
        proposeAtLeaders(group);
        break;
      case 'crash':
        if (group.isUp(id)) group.crash(id, chance % 7 === 0 ? chance % 5 : 0);
        break;
      case 'restart':
        if (!group.isUp(id)) group.start(id);
        break;
      case 'compact':
        if (group.isUp(id)) group.compact(id, chance % 3);
        break;
      case 'read':
        if (group.isUp(id)) group.read(id);
        break;
      case 'transfer':
        if (group.isUp(id)) group.on(id, (raft) => raft.transferLeadership(group.ids[(chance % 7) % group.ids.length]!));
        break;
      case 'resign':
        if (group.isUp(id))
          group.on(id, (raft) => {
            raft.resign();
          });
        break;
      case 'change':
        changeMembership(group, chance);
        break;
      case 'isolate':
        isolated = isolated === 0 ? id : 0;
        break;
    }
  }
  return group;
}

/**
 * After the schedule all faults end: everybody is up, everything arrives, and whoever was removed is stopped. Returns the leader.
 */
export function heal(group: TestGroup): Raft {
  group.autoSync = true;
  for (const id of group.ids) {
    if (!group.isUp(id)) group.start(id);
    group.sync(id);
  }
  for (let round = 0; round < 300; round++) {
    for (const id of group.ids) if (group.isUp(id)) group.tick(id);
    group.settle();
    const leader = leaderOf(group);
    if (leader !== null && leader.commit === leader.lastIndex && leader.applied === leader.commit) {
      for (const id of group.ids) if (group.isUp(id) && !membersOf(leader.configuration).includes(id)) group.crash(id);
    }
  }
  const leader = leaderOf(group);
  if (leader === null) throw new Error('nobody leads');
  return leader;
}

/** The one of the newest term. */
function leaderOf(group: TestGroup): Raft | null {
  const leaders = group.ids.filter((id) => group.isUp(id) && group.raft(id).isLeader).map((id) => group.raft(id));
  return leaders.toSorted((a, b) => b.term - a.term)[0] ?? null;
}

function tickEverybody(group: TestGroup): void {
  group.nowUs += 1_000;
  for (const id of group.ids) if (group.isUp(id)) group.tick(id);
}

const changes = Object.freeze([
  'add-voter A',
  'add-voter A',
  'remove A',
  'add-learner A',
  'add-voter A, remove B',
  'add-voter A, add-voter B',
  'add-learner A, add-voter B',
  '',
]);

/** Leaders try; most of the time something stands against it. */
function changeMembership(group: TestGroup, chance: number): void {
  const member = (of: number): string => String(group.ids[of % group.ids.length]);
  const change = changes[chance % changes.length]!.replace('A', member(Math.floor(chance / 8))).replace(
    'B',
    member(Math.floor(chance / 64)),
  );
  const transition = chance % 5 === 0 ? 'joint' : chance % 7 === 0 ? 'joint-explicit' : 'auto';
  for (const id of group.ids) {
    if (
      !group.isUp(id) ||
      !group.raft(id).isLeader ||
      !keepsMajority(group.raft(id).configuration, parseChange(change, transition))
    )
      continue;
    group.change(id, change, transition);
  }
}

/**
 * Those who stay can go on without those who go. Else they may wait for ever for somebody who is gone and knows more, as in etcd,
 * which warns of taking one of two members away.
 */
function keepsMajority(before: Configuration, change: ConfChange): boolean {
  try {
    const after = changeConfiguration(before, change);
    const old = isJoint(before) ? before.outgoing : before.voters;
    return old.filter((id) => after.voters.includes(id)).length >= majority(old.length);
  } catch {
    return false;
  }
}

function proposeAtLeaders(group: TestGroup): void {
  for (const id of group.ids) if (group.isUp(id) && group.raft(id).isLeader) group.propose(id);
}
