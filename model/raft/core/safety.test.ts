import { expect, test } from 'vitest';
import { isJoint, membersOf } from './configuration.ts';
import { raftDefects } from './defects.ts';
import { heal, runSchedule } from '../testing/schedule.ts';

/** The same for every defect. */
function schedule(seed: number, length: number): number[] {
  const steps: number[] = [];
  for (let at = 0, state = (seed * 2_654_435_761) >>> 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    steps.push(state >>> 0);
  }
  return steps;
}

test.each([
  [1, 0],
  [2, 0],
  [3, 0],
  [5, 0],
  [1, 3],
  [3, 2],
  [4, 3],
])(
  'a group of %i and %i spares is safe under loss, reordering, duplication, crashes and changes, and recovers',
  (members, spares) => {
    for (let seed = 1; seed <= 60; seed++) {
      const steps = schedule(seed * 31 + members, 200 + (seed % 14) * 100);
      const group = runSchedule(steps, {
        members,
        spares,
        seed,
        preVote: seed % 2 === 0,
        checkQuorum: seed % 4 < 2,
        maxAppendBytes: 250,
      });
      const leader = heal(group);
      expect([seed, isJoint(leader.configuration) && leader.configuration.autoLeave]).toEqual([seed, false]);
      const commits = membersOf(leader.configuration).map((id) => [seed, id, group.raft(id).commit]);
      expect(commits).toEqual(commits.map(([, id]) => [seed, id, leader.lastIndex]));
    }
  },
);

test.each([
  [3, 0],
  [3, 2],
  [5, 0],
])('so it is where leaders of %i and %i spares answer reads by their leases', (members, spares) => {
  let reads = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const options = { members, spares, seed, preVote: seed % 2 === 0, checkQuorum: true, readMode: 'lease' } as const;
    const group = runSchedule(schedule(seed * 37 + members, 1500), options);
    heal(group);
    reads += group.safety.readsAnswered;
  }
  expect(reads).toBeGreaterThan(100);
});

test('schedules get somewhere: elections, commits, snapshots, reads, changes of membership and restarts happen', () => {
  let commits = 0;
  let snapshots = 0;
  let reads = 0;
  let changes = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const group = runSchedule(schedule(seed, 1500), { seed, spares: seed % 3, maxAppendBytes: 250 });
    for (const id of membersOf(heal(group).configuration)) {
      commits += group.raft(id).commit;
      snapshots += group.raft(id).snapshot === null ? 0 : 1;
    }
    reads += group.safety.readsAnswered;
    changes += group.safety.changes;
  }
  expect(commits).toBeGreaterThan(500);
  expect(snapshots).toBeGreaterThan(10);
  expect(reads).toBeGreaterThan(5);
  expect(changes).toBeGreaterThan(40);
});

/** The others need a rarer coincidence than a few hundred short schedules offer; `defects.test.ts` scripts them all. */
test.each(
  raftDefects.filter(({ id }) =>
    [
      'ack-before-sync',
      'stale-append-truncates',
      'vote-before-sync',
      'skip-previous-term-check',
      'term-not-restored',
      'leader-overwrites-own-log',
      'commit-not-monotonic',
      'commit-past-match',
      'read-before-own-commit',
    ].includes(id),
  ),
)('random schedules find $id', ({ id }) => {
  const find = (): void => {
    for (let seed = 1; seed <= 300; seed++) {
      heal(runSchedule(schedule(seed, 1500), { members: seed % 3 === 0 ? 5 : 3, seed, defects: [id], maxAppendBytes: 250 }));
    }
  };
  expect(find).toThrow();
});

test('a schedule replays to the same state', () => {
  const run = (): unknown => {
    const group = runSchedule(schedule(11, 1500), { members: 5, seed: 3 });
    return [group.network, group.ids.map((id) => (group.isUp(id) ? group.raft(id).inspect() : null))];
  };
  expect(run()).toEqual(run());
});
