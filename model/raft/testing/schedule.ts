/** Runs a random schedule: each number is one thing that happens to the group. */

import { TestGroup, type GroupOptions } from './group.ts';

/** Relative frequency of what may happen. Much is delivered, so that the group gets somewhere between faults. */
const weights = Object.freeze([
  ['deliver', 44], ['deliverAny', 8], ['drop', 2], ['duplicate', 3], ['tick', 9], ['sync', 16], ['propose', 8],
  ['crash', 1], ['restart', 3], ['compact', 2], ['read', 4], ['isolate', 1], ['transfer', 1], ['resign', 1],
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
      case 'deliver': case 'deliverAny':
        // Mostly in order and a few at once, else nothing is ever agreed on.
        for (const message of action === 'deliver' ? network.splice(0, 1 + (chance % 4)) : network.splice(at, 1)) {
          if (message.from !== isolated && message.to !== isolated) group.deliver(message);
        }
        break;
      case 'drop': network.splice(at, 1); break;
      case 'duplicate': if (network.length > 0) network.push(network[at]!); break;
      case 'tick': if (group.isUp(id)) group.tick(id, 1 + (chance % 4)); break;
      case 'sync': if (group.isUp(id)) group.sync(id); break;
      case 'propose': proposeAtLeaders(group); break;
      case 'crash': if (group.isUp(id)) group.crash(id, chance % 7 === 0 ? chance % 5 : 0); break;
      case 'restart': if (!group.isUp(id)) group.start(id); break;
      case 'compact': if (group.isUp(id)) group.compact(id, chance % 3); break;
      case 'read': if (group.isUp(id)) group.read(id); break;
      case 'transfer': if (group.isUp(id)) group.on(id, (raft) => raft.transferLeadership(group.ids[chance % 7 % group.ids.length]!)); break;
      case 'resign': if (group.isUp(id)) group.on(id, (raft) => { raft.resign(); }); break;
      case 'isolate': isolated = isolated === 0 ? id : 0; break;
    }
  }
  return group;
}

/** After the schedule all faults end: everybody is up, everything arrives. */
export function heal(group: TestGroup): void {
  group.autoSync = true;
  for (const id of group.ids) {
    if (!group.isUp(id)) group.start(id);
    group.sync(id);
  }
  for (let round = 0; round < 300; round++) {
    for (const id of group.ids) group.tick(id);
    group.settle();
  }
}

function proposeAtLeaders(group: TestGroup): void {
  for (const id of group.ids) if (group.isUp(id) && group.raft(id).isLeader) group.propose(id);
}
