import { expect, test } from 'vitest';
import { TestGroup } from '../testing/group.ts';
import { MembershipChanges } from './membership-changes.ts';
import { Roster } from './roster.ts';

/** Member 1 leads a group of three; 4 and 5 are idle. */
function leader(): { readonly group: TestGroup; readonly changes: MembershipChanges; readonly applyAll: () => void } {
  const group = new TestGroup({ spares: 2 });
  const roster = new Roster(new Map([1, 2, 3].map((id) => [id, `store-${id}`])));
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
    group.settle([1, 2, 3]);
    for (const entry of group.applied(1).slice(applied)) roster.apply(entry, group.raft(1).configuration);
    applied = group.applied(1).length;
  };
  group.elect(1);
  applyAll();
  for (const id of [4, 5]) changes.heard({ process: `store-${id}`, member: 0, disk: 0 });
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
