import { expect, test } from 'vitest';
import { ELECTION_TICKS, TestGroup } from '../testing/group.ts';
import { MembershipChanges, type MemberRequest } from './membership-changes.ts';
import { Roster } from './roster.ts';

/** Member 1 leads a group of so many; the next two are idle. */
function leader(members = 3): { readonly group: TestGroup; readonly changes: MembershipChanges; readonly applyAll: () => void } {
  const group = new TestGroup({ members, spares: 2, checkQuorum: true });
  const voters = group.ids.slice(0, members);
  const roster = new Roster(new Map(voters.map((id) => [id, `store-${id}`])));
  const changes = new MembershipChanges({
    roster,
    electionUs: 1,
    strict: true,
    raft: () => group.raft(1),
    nowUs: () => 0,
    send: () => undefined,
    command: (data, tag) => ({ origin: 1, incarnation: 1, tag, data }),
  });
  let applied = 0;
  const applyAll = (): void => {
    group.settle(voters);
    for (const entry of group.applied(1).slice(applied)) roster.apply(entry, group.raft(1).configuration);
    applied = group.applied(1).length;
  };
  group.elect(1);
  applyAll();
  for (const id of group.ids.slice(members)) changes.heard({ process: `store-${id}`, member: 0, disk: 0 });
  return { group, changes, applyAll };
}

test('nobody is removed whom those need that have only been added', () => {
  const { group, changes, applyAll } = leader();
  for (const id of [4, 5]) {
    expect(group.on(1, () => changes.request({ operation: 'add', process: `store-${id}`, learner: false }, ''))).toBeNull();
    applyAll();
  }
  expect(group.raft(1).configuration.voters).toEqual([1, 2, 3, 4, 5]);
  const remove = (): unknown => group.on(1, () => changes.request({ operation: 'remove', member: 2 }, ''));
  expect(remove()).toBe('unhealthy');
  group.tick(1);
  group.settle();
  expect(remove()).toBeNull();
});

test('while the answers to the heartbeats of a check of the quorum are under way, nothing is refused', () => {
  const requests: MemberRequest[] = [
    { operation: 'add', process: 'store-5', learner: false },
    { operation: 'promote', member: 4 },
    { operation: 'remove', member: 2 },
  ];
  for (const request of requests) {
    const { group, changes, applyAll } = leader();
    expect(group.on(1, () => changes.request({ operation: 'add', process: 'store-4', learner: true }, ''))).toBeNull();
    applyAll();
    for (let tick = 1; tick <= ELECTION_TICKS; tick++) {
      group.settle();
      group.tick(1);
    }
    expect([request.operation, group.on(1, () => changes.request(request, ''))]).toEqual([request.operation, null]);
  }
});

test('who is alone may add a voter', () => {
  const { group, changes } = leader(1);
  expect(group.on(1, () => changes.request({ operation: 'add', process: 'store-2', learner: false }, ''))).toBeNull();
});

test('a learner that has caught up and fallen silent is promoted if somebody asks for it, and not by itself', () => {
  const { group, changes, applyAll } = leader();
  // Its disk is another one: member 4 comes in its place.
  group.on(1, () => changes.heard({ process: 'store-2', member: 0, disk: 1 }));
  applyAll();
  for (let tick = 1; tick <= 2; tick++) {
    group.tick(1);
    group.settle();
    applyAll();
  }
  for (let tick = 1; tick <= ELECTION_TICKS; tick++) {
    group.tick(1);
    group.settle([1, 3]);
  }
  group.on(1, () => changes.tick());
  group.settle([1, 3]);
  expect(group.raft(1).configuration).toMatchObject({ voters: [1, 3], learners: [4] });
  expect(group.on(1, () => changes.request({ operation: 'promote', member: 4 }, ''))).toBeNull();
  group.settle([1, 3]);
  expect(group.raft(1).configuration.voters).toEqual([1, 3, 4]);
});
