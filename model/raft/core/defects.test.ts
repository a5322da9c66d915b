import { describe, expect, test } from 'vitest';
import { raftDefects } from './defects.ts';
import { createMessage, MessageType, type Message } from './message.ts';
import { ELECTION_TICKS, TestGroup } from '../testing/group.ts';
import { SafetyViolation } from '../testing/safety.ts';

type DefectId = (typeof raftDefects)[number]['id'];

/** As `raft/availability` has it: within 20 election timeouts without faults there is a leader with whom all have caught up. */
function expectProgress(group: TestGroup, ids: readonly number[]): void {
  for (let round = 0; round < 200; round++) {
    for (const id of ids) group.tick(id);
    group.settle(ids);
  }
  const leader = ids.map((id) => group.raft(id)).find((raft) => raft.isLeader);
  if (leader === undefined) throw new SafetyViolation('raft/availability', 'nobody leads');
  if (ids.some((id) => group.raft(id).commit !== leader.lastIndex))
    throw new SafetyViolation('raft/availability', 'somebody lags');
}

/** As `raft/steady-leadership` has it: a leader lets nobody go without a heartbeat for an election timeout. */
function expectHeartbeats(group: TestGroup, leader: number, to: number): void {
  let heard = false;
  for (let round = 0; round < ELECTION_TICKS; round++) {
    group.tick(leader);
    heard ||= group.network.some((message) => message.type === MessageType.heartbeat && message.to === to);
    group.settle();
  }
  if (!heard) throw new SafetyViolation('raft/steady-leadership', `member ${to} hears of no leader`);
}

/** As `store/members-catch-up` has it: in the end every member holds what there is, whatever got lost on the way to it before. */
function expectNobodyBehind(group: TestGroup, leader: number): void {
  for (let round = 0; round < 10 * ELECTION_TICKS; round++) {
    group.tick(leader);
    group.settle();
  }
  if (group.ids.some((id) => group.raft(id).commit !== group.raft(leader).lastIndex))
    throw new SafetyViolation('store/members-catch-up', 'somebody lags');
}

/** Leader 3 goes on with 4 and 5, and 1 and 2 without them: both by majorities if two came in at once. */
function partFromNewcomers(group: TestGroup): void {
  group.deliverAll({ to: 1, type: MessageType.append });
  group.deliverAll({ to: 3, from: 1 });
  group.tick(3);
  group.settle([3, 4, 5]);
  group.propose(3);
  group.settle([3, 4, 5]);
  group.network = [];
  group.on(1, (raft) => {
    raft.campaign();
  });
  group.settle([1, 2]);
}

/** For each defect a schedule that ends badly with it and well without. */
const scripts: Record<DefectId, (defects: readonly string[]) => void> = {
  // Raft figure 8, (c) and (d): entry 2 of term 2 reaches a majority in term 4 and is overwritten in term 5.
  'commit-older-term'(defects) {
    const group = new TestGroup({ defects, members: 5, logs: [[1, 2], [1, 2], [1], [1], [1, 3]], maxAppendBytes: 1 });
    group.vote(1);
    group.take({ to: 4 });
    group.take({ to: 5 });
    group.deliverAll({ to: 2 });
    group.deliverAll({ to: 3 });
    group.deliverAll({ to: 1, from: 2 });
    group.deliverAll({ to: 1, from: 3 });
    group.deliverAll({ to: 3 });
    group.deliverAll({ to: 1, from: 3 });
    expect(group.raft(3).lastIndex).toBe(2);
    group.network = [];
    group.crash(1);
    group.on(5, (raft) => {
      raft.campaign();
    });
    group.settle([3, 4, 5]);
    expect(group.raft(5).isLeader).toBe(true);
  },

  'vote-before-sync'(defects) {
    const group = new TestGroup({ defects, autoSync: false });
    // Term 1 is durable at the voter, so that only its vote is at stake.
    group.deliver(createMessage(MessageType.heartbeatResponse, 3, 2, 1));
    group.sync(2);
    for (const candidate of [1, 3]) {
      group.on(candidate, (raft) => {
        raft.campaign();
      });
      group.sync(candidate);
    }
    group.deliverAll({ type: MessageType.vote, from: 1, to: 2 });
    group.crash(2);
    group.start(2);
    group.deliverAll({ type: MessageType.vote, from: 3, to: 2 });
    group.sync(2);
    group.deliverAll({ type: MessageType.voteResponse });
    expect(group.raft(3).isLeader).toBe(true);
    expect(group.raft(1).isLeader).toBe(false);
  },

  'ack-before-sync'(defects) {
    const group = new TestGroup({ defects });
    group.elect(1);
    group.autoSync = false;
    group.propose(1);
    group.sync(1);
    group.deliverAll({ to: 2 });
    group.deliverAll({ to: 1 });
    group.network = [];
    group.crash(1);
    group.crash(2);
    group.start(2);
    group.autoSync = true;
    group.elect(2);
    expect(group.raft(2).isLeader).toBe(true);
  },

  'stale-append-truncates'(defects) {
    const group = new TestGroup({ defects });
    group.elect(1);
    group.propose(1);
    const early = group.take({ to: 2, type: MessageType.append });
    for (const message of early) group.deliver(message);
    group.propose(1);
    group.deliverAll({ to: 2 });
    group.deliverAll({ to: 1 });
    expect(group.raft(1).commit).toBe(3);
    for (const message of early) group.deliver(message);
    group.network = [];
    group.crash(1);
    group.elect(2);
    expect(group.raft(2).isLeader).toBe(true);
  },

  'snapshot-drops-suffix'(defects) {
    const group = new TestGroup({ defects });
    group.elect(1);
    group.propose(1);
    group.propose(1);
    group.deliverAll({ to: 2 });
    group.deliverAll({ to: 1 });
    group.network = [];
    expect(group.raft(1).commit).toBe(3);
    expect(group.raft(2).commit).toBe(1);
    const snapshot = group.raft(1).createSnapshot(2, 'state at 2', 500, 0);
    group.deliver(createMessage(MessageType.snapshot, 1, 2, 1, 0, 0, 0, false, 0, 0, 0, [], snapshot));
    group.network = [];
    group.crash(1);
    group.elect(2);
    expect(group.raft(2).isLeader).toBe(true);
  },

  'skip-previous-term-check'(defects) {
    const group = new TestGroup({ defects, logs: [[1, 3], [1, 2], [1]] });
    group.elect(1);
    expect(group.raft(2).termAt(2)).toBe(3);
  },

  'read-without-quorum'(defects) {
    const group = new TestGroup({ defects });
    group.elect(1);
    group.on(2, (raft) => {
      raft.campaign();
    });
    group.settle([2, 3]);
    group.propose(2);
    group.settle([2, 3]);
    expect(group.raft(1).isLeader).toBe(true);
    group.read(1);
    group.settle();
    expect(group.reads(1)).toEqual([]);
  },

  'read-before-own-commit'(defects) {
    const group = new TestGroup({ defects });
    group.elect(1);
    group.propose(1);
    group.deliverAll({ to: 2 });
    group.deliverAll({ to: 1 });
    expect(group.raft(1).commit).toBe(2);
    group.network = [];
    group.crash(1);
    group.vote(2);
    const request = group.read(2);
    group.deliverAll({ type: MessageType.heartbeat });
    group.deliverAll({ type: MessageType.heartbeatResponse });
    group.settle();
    expect(group.reads(2)).toEqual([{ requestId: request, index: 3 }]);
  },

  'term-not-restored'(defects) {
    const group = new TestGroup({ defects });
    group.vote(1);
    group.network = [];
    group.crash(3);
    group.start(3);
    expect(group.raft(3).term).toBe(1);
    expect(group.raft(3).vote).toBe(1);
  },

  'leader-overwrites-own-log'(defects) {
    const group = new TestGroup({ defects, logs: [[1, 1], [1, 1], [1]] });
    group.elect(1);
    expect(group.raft(1).lastIndex).toBe(3);
  },

  'commit-not-monotonic'(defects) {
    const group = new TestGroup({ defects });
    group.elect(1);
    group.tick(1);
    const early: Message[] = group.take({ type: MessageType.heartbeat });
    group.propose(1);
    group.settle();
    expect(group.raft(2).commit).toBe(2);
    for (const message of early) group.deliver(message);
    expect(group.raft(2).commit).toBe(2);
  },

  'read-joins-old-round'(defects) {
    const group = new TestGroup({ defects });
    group.elect(1);
    group.read(1);
    group.deliverAll({ to: 2, type: MessageType.heartbeat });
    const late = group.take({ to: 1, type: MessageType.heartbeatResponse });
    group.network = [];
    group.on(2, (raft) => {
      raft.campaign();
    });
    group.settle([2, 3]);
    group.propose(2);
    group.settle([2, 3]);
    group.read(1);
    for (const message of late) group.deliver(message);
    expect(group.reads(1)).toEqual([{ requestId: 1, index: 1 }]);
  },

  // The answer is under way for three ticks; the others wait for ten, of which the first is short.
  'lease-without-margin'(defects) {
    const group = new TestGroup({ defects, seed: 2, checkQuorum: true, readMode: 'lease' });
    group.elect(1);
    group.tick(1);
    group.deliverAll({ type: MessageType.heartbeat });
    group.nowUs = 3_000;
    group.settle();
    group.nowUs = 10_000;
    group.tick(3, 10);
    expect(group.raft(3).role).toBe('follower');
    group.on(2, (raft) => {
      raft.campaign();
    });
    group.settle([2, 3]);
    expect(group.raft(2).isLeader).toBe(true);
    group.propose(2);
    group.settle([2, 3]);
    group.read(1);
    expect(group.reads(1)).toEqual([]);
  },

  'compacted-term-forgotten'(defects) {
    const group = new TestGroup({ defects });
    group.elect(1);
    group.propose(1);
    group.settle([1, 2]);
    group.tick(1);
    group.settle([1, 2]);
    group.compact(2);
    group.on(3, (raft) => {
      raft.campaign();
    });
    group.settle([2, 3]);
    expect(group.raft(3).isLeader).toBe(false);
  },

  'overlapping-changes'(defects) {
    const group = new TestGroup({ defects, spares: 2 });
    group.elect(3);
    group.change(3, 'add-voter 4');
    group.change(3, 'add-voter 5');
    partFromNewcomers(group);
  },

  'old-leader-not-answered'(defects) {
    const group = new TestGroup({ defects, checkQuorum: true });
    group.elect(1);
    for (let round = 0; round < 60; round++) {
      for (const id of group.ids) group.tick(id);
      group.settle([1, 2]);
    }
    expect(group.raft(3).term).toBeGreaterThan(1);
    group.propose(1);
    expectProgress(group, [1, 2, 3]);
  },

  'lease-outlives-transfer'(defects) {
    const group = new TestGroup({ defects, preVote: true, checkQuorum: true, readMode: 'lease' });
    group.elect(1);
    group.tick(1);
    group.settle();
    group.on(1, (raft) => raft.transferLeadership(2));
    group.deliverAll({ type: MessageType.timeoutNow });
    group.settle([2, 3]);
    expect([group.raft(1).isLeader, group.raft(2).isLeader]).toEqual([true, true]);
    group.propose(2);
    group.settle([2, 3]);
    group.read(1);
    expect(group.reads(1)).toEqual([]);
  },

  'term-as-log-progress'(defects) {
    const group = new TestGroup({ defects });
    group.elect(1);
    group.propose(1);
    group.settle([1, 2]);
    expect(group.raft(1).commit).toBe(2);
    // Member 3 has tried in vain for two terms.
    for (let attempt = 0; attempt < 2; attempt++) {
      group.on(3, (raft) => {
        raft.campaign();
      });
      group.network = [];
    }
    group.crash(1);
    group.elect(3);
    group.elect(2);
    expect(group.raft(2).isLeader).toBe(true);
  },

  'snapshot-term-ignored'(defects) {
    const group = new TestGroup({ defects });
    group.elect(1);
    group.propose(1);
    group.settle([1, 2]);
    group.tick(1);
    group.settle([1, 2]);
    expect(group.raft(2).applied).toBe(2);
    group.compact(2);
    group.crash(2);
    group.start(2);
    group.crash(1);
    group.elect(3);
    group.elect(2);
    expect(group.raft(2).isLeader).toBe(true);
  },

  'catch-up-acked-before-sync'(defects) {
    const group = new TestGroup({ defects, logs: [[1], [1], [1]] });
    group.vote(1);
    group.autoSync = false;
    group.deliverAll({ to: 2, type: MessageType.append });
    group.deliverAll({ to: 1, from: 2 });
    group.network = [];
    group.crash(1);
    group.crash(2);
    group.start(2);
    group.autoSync = true;
    group.elect(3);
    expect(group.raft(3).isLeader).toBe(true);
  },

  'change-before-own-commit'(defects) {
    const group = new TestGroup({ defects, spares: 2 });
    group.elect(3);
    group.change(3, 'add-voter 4');
    group.network = [];
    // It is elected once more, by those who have not heard of the change.
    group.on(3, (raft) => {
      raft.step(createMessage(MessageType.heartbeatResponse, 1, 3, 2));
    });
    group.vote(3);
    expect(group.raft(3).isLeader).toBe(true);
    group.change(3, 'add-voter 5');
    // Where their logs part is found out first.
    group.deliverAll({ to: 1, type: MessageType.append });
    group.deliverAll({ to: 3, from: 1 });
    partFromNewcomers(group);
  },

  // Member 3 ran without pre-vote until now, and its term ran ahead while it was cut off.
  'older-pre-vote-dropped'(defects) {
    const group = new TestGroup({ defects, preVote: true, checkQuorum: true });
    group.elect(1);
    group.propose(1);
    group.settle([1, 2]);
    group.deliver(createMessage(MessageType.heartbeatResponse, 2, 3, 5));
    group.crash(2);
    // Nor does anybody lead whom it could answer.
    group.crash(1);
    group.start(1);
    expectProgress(group, [1, 3]);
  },

  'heartbeats-back-off'(defects) {
    const group = new TestGroup({ defects, preVote: true, checkQuorum: true });
    group.elect(1);
    for (let round = 0; round < 2 * ELECTION_TICKS; round++) {
      group.tick(1);
      group.settle([1, 2]);
    }
    expectHeartbeats(group, 1, 3);
  },

  'lost-snapshot-awaited'(defects) {
    const group = new TestGroup({ defects });
    group.elect(1);
    group.propose(1);
    group.settle([1, 2]);
    group.compact(1);
    group.network = [];
    group.tick(1);
    group.deliverAll({ to: 3 });
    group.deliverAll({ to: 1, from: 3 });
    group.deliverAll({ to: 3, type: MessageType.append });
    group.deliverAll({ to: 1, from: 3 });
    expect(group.take({ to: 3, type: MessageType.snapshot })).toHaveLength(1);
    expectNobodyBehind(group, 1);
  },

  // Entry 2 of member 3 is another one than that which the others commit.
  'commit-past-match'(defects) {
    const group = new TestGroup({
      defects,
      logs: [
        [1, 2],
        [1, 2],
        [1, 1],
      ],
    });
    group.on(1, (raft) => {
      raft.campaign();
    });
    group.settle([1, 2]);
    expect(group.raft(1).commit).toBe(3);
    group.network = [];
    group.tick(1);
    group.deliverAll({ to: 3, type: MessageType.heartbeat });
    expect(group.raft(3).commit).toBeLessThan(2);
  },
};

describe.each(raftDefects)('defect $id', ({ id, property }) => {
  test(`breaks ${property}`, () => {
    expect(() => {
      scripts[id]([id]);
    }).toThrow(expect.objectContaining({ property }));
  });

  test('is no part of the healthy core, which survives the same schedule', () => {
    scripts[id]([]);
  });
});

test('ids are distinct, and those of other layers are ignored', () => {
  expect(new Set(raftDefects.map(({ id }) => id)).size).toBe(raftDefects.length);
  new TestGroup({ defects: ['lease-never-expires'] }).elect(1);
});
