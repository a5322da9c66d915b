import fc from 'fast-check';
import { expect, test } from 'vitest';
import { raftDefects } from './defects.ts';
import { heal, runSchedule } from './testing/schedule.ts';

const schedules = fc.array(fc.nat({ max: 0x3fff_ffff }), { minLength: 200, maxLength: 1500, size: 'max' });

/** As in fast-check, but the same for every defect. */
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

test.each([1, 2, 3, 5])('a group of %i is safe under loss, reordering, duplication and crashes, and recovers', (members) => {
  fc.assert(
    fc.property(schedules, fc.nat({ max: 1000 }), fc.boolean(), fc.boolean(), (steps, seed, preVote, checkQuorum) => {
      const group = runSchedule(steps, { members, seed, preVote, checkQuorum, maxAppendBytes: 250 });
      heal(group);
      const [first] = group.ids;
      expect(group.ids.filter((id) => group.raft(id).isLeader)).toHaveLength(1);
      for (const id of group.ids) expect(group.raft(id).commit).toBe(group.raft(first!).lastIndex);
    }),
    // Such schedules are too long to be shrunk.
    { numRuns: 60, seed: 7, endOnFailure: true },
  );
});

test('schedules get somewhere: elections, commits, snapshots, reads and restarts happen', () => {
  let commits = 0;
  let snapshots = 0;
  let reads = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const group = runSchedule(schedule(seed, 1500), { seed, maxAppendBytes: 250 });
    heal(group);
    for (const id of group.ids) {
      commits += group.raft(id).commit;
      snapshots += group.raft(id).snapshot === null ? 0 : 1;
    }
    reads += group.safety.readsAnswered;
  }
  expect(commits).toBeGreaterThan(500);
  expect(snapshots).toBeGreaterThan(10);
  expect(reads).toBeGreaterThan(5);
});

/** The others need a rarer coincidence than a few hundred short schedules offer; `defects.test.ts` scripts them all. */
test.each(raftDefects.filter(({ id }) => [
  'ack-before-sync', 'stale-append-truncates', 'vote-before-sync', 'skip-previous-term-check', 'term-not-restored',
  'leader-overwrites-own-log', 'commit-not-monotonic', 'commit-past-match', 'read-before-own-commit',
].includes(id)))('random schedules find $id', ({ id }) => {
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
