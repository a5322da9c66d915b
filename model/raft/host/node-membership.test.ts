import { expect, test } from 'vitest';
import { ms, type Fault, type Run } from '../../../sim/index.ts';
import { raftPropertiesOf } from '../../properties/raft/index.ts';
import type { CounterServerView } from '../testing/counter.ts';
import { drawPattern, type FaultPattern } from '../testing/fault-patterns.ts';
import { linearizableReads, recovers } from '../testing/goals.ts';
import { createRaftRun, memberName, testDesign } from '../testing/world.ts';

const properties = [...raftPropertiesOf(testDesign), linearizableReads, recovers];

function view(run: Run, id: number): CounterServerView {
  return run.inspect(memberName(id)).program as CounterServerView;
}

test.each<[FaultPattern, number]>([
  ['mixed', 3],
  ['mixed', 5],
  ['crashes', 3],
  ['forks', 3],
  ['coups', 3],
])('under %s faults a group of %i that an operator changes all the time keeps every promise and recovers', (pattern, members) => {
  for (let seed = 1; seed <= 30; seed++) {
    const run = createRaftRun({ seed, members, spares: 2, faults: drawPattern(seed, members, pattern), properties });
    expect([seed, run.advance(), run.violation, run.failure]).toEqual([seed, 'ok', null, null]);
  }
});

test('members come, are promoted and leave, leaders among them', () => {
  const seen = { added: 0, promoted: 0, removed: 0, leaderRemoved: 0 };
  for (let seed = 1; seed <= 20; seed++) {
    const run = createRaftRun({ seed, members: 3, spares: 2, properties });
    expect([seed, run.advance(), run.violation]).toEqual([seed, 'ok', null]);
    for (let id = 1; id <= 5; id++) {
      const { member, removed, raft } = view(run, id);
      if (id > 3 && member > 0) seen.added++;
      if (id > 3 && raft?.configuration.voters.includes(member)) seen.promoted++;
      if (removed) seen.removed++;
      if (removed && id <= 3) seen.leaderRemoved++;
    }
  }
  for (const [what, count] of Object.entries(seen)) expect([what, count > 0]).toEqual([what, true]);
});

test('a member that lost its disk comes back under another id, and votes when it has caught up', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const lost: Fault = { do: 'lose-disk', target: memberName(2), at: ms(700), for: ms(30) };
    const run = createRaftRun({ seed, members: 3, faults: [lost], properties });
    expect([seed, run.advance(), run.violation, run.failure]).toEqual([seed, 'ok', null, null]);
    const { member, raft, members } = view(run, 2);
    expect([seed, member, raft?.configuration.voters]).toEqual([seed, 4, [1, 3, 4]]);
    expect(members.find(({ id }) => id === 2)?.removed).toBe(true);
  }
});

test('the last one of a group that has shrunk is killed in silence, and goes on alone', () => {
  const run = createRaftRun({
    seed: 1,
    members: 1,
    spares: 1,
    clients: 0,
    operatorScript: [
      { at: ms(300), operation: 'add', draw: 1 },
      { at: ms(500), operation: 'promote', draw: 0 },
      { at: ms(700), operation: 'remove', draw: 1 },
    ],
    faults: [{ do: 'kill', target: memberName(1), at: ms(1_700), for: ms(30) }],
    properties,
  });
  expect([run.advance(), run.violation, run.failure]).toEqual(['ok', null, null]);
  expect([view(run, 1).raft?.configuration.voters, view(run, 2).removed]).toEqual([[1], true]);
});

test('a voter added to one that is alone hears who it is, though that one restarts before it has told it', () => {
  for (let laterUs = ms(2); laterUs < ms(40); laterUs += ms(2)) {
    const run = createRaftRun({
      seed: 1,
      members: 1,
      spares: 1,
      clients: 0,
      operatorScript: [{ at: ms(300), operation: 'add', draw: 0 }],
      faults: [{ do: 'kill', target: memberName(1), at: ms(300) + laterUs, for: ms(30) }],
      properties,
    });
    expect([laterUs, run.advance(), run.violation, run.failure]).toEqual([laterUs, 'ok', null, null]);
    expect(view(run, 2).raft?.configuration.voters).toEqual([1, 2]);
  }
});
