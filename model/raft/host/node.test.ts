import { expect, test } from 'vitest';
import { ms, type Observer } from '../../../sim/index.ts';
import { raftPropertiesOf } from '../../properties/raft/index.ts';
import type { CounterServerView } from '../testing/counter.ts';
import { drawPattern, type FaultPattern } from '../testing/fault-patterns.ts';
import { linearizableReads, recovers } from '../testing/goals.ts';
import { createRaftRun, memberName, testDesign } from '../testing/world.ts';

const promises = [...raftPropertiesOf(testDesign), linearizableReads];

test.each<[FaultPattern, number, number]>([
  ['mixed', 3, 40],
  ['mixed', 5, 40],
  ['crashes', 3, 60],
  ['crashes', 5, 50],
  ['forks', 3, 40],
  ['forks', 5, 40],
  ['coups', 3, 40],
  ['coups', 5, 40],
])('under %s faults a group of %i keeps every promise and recovers (%i seeds)', (pattern, members, seeds) => {
  for (let seed = 1; seed <= seeds; seed++) {
    const run = createRaftRun({
      seed,
      members,
      faults: drawPattern(seed, members, pattern),
      properties: [...promises, recovers],
    });
    expect([seed, run.advance(), run.violation, run.failure]).toEqual([seed, 'ok', null, null]);
  }
});

test('the faults reach what they are for: elections, received snapshots, torn logs, full disks, answered operations', () => {
  const seen = { terms: 0, received: 0, torn: 0, panics: 0, adds: 0, reads: 0, refused: 0, unknown: 0 };
  for (let seed = 1; seed <= 40; seed++) {
    const pattern = seed % 2 === 0 ? 'mixed' : 'crashes';
    // Commands longer than some sectors, so that a loss of power can tear them.
    const run = createRaftRun({ seed, members: 3, commandBytes: 1_600, faults: drawPattern(seed, 3, pattern) });
    const observer: Observer = {
      sent: (_from, _to, { name }) => void (name === 'raft/snapshot-chunk' && seen.received++),
      stepped({ kind, body }) {
        if (kind.name === 'process/exit' && String(body).includes('space')) seen.panics++;
      },
    };
    run.observe(observer);
    run.advance();
    for (const { name, status } of run.history.operations) {
      if (status === 'ok') seen[name === 'add' ? 'adds' : 'reads']++;
      else seen[status === 'fail' ? 'refused' : 'unknown']++;
    }
    for (const id of [1, 2, 3]) {
      const { raft, wal } = view(run.inspect(memberName(id)).program);
      seen.terms += raft?.term ?? 0;
      seen.torn += wal.tornRecords;
    }
  }
  for (const [what, count] of Object.entries(seen)) expect([what, count > 0]).toEqual([what, true]);
});

const neverCompacted = { snapshotEveryEntries: 100_000 };

test('a member whose log rots in the middle does not start again', () => {
  const run = createRaftRun({
    seed: 1,
    members: 3,
    design: neverCompacted,
    faults: [
      ...Array.from({ length: 8 }, () => ({ do: 'rot' as const, at: ms(600), target: memberName(2), file: 'wal' })),
      { do: 'kill', at: ms(700), target: memberName(2), for: ms(10) },
    ],
    properties: raftPropertiesOf({ ...testDesign, ...neverCompacted }),
  });
  const reasons = new Set<unknown>();
  run.observe({ stepped: ({ kind, body }) => void (kind.name === 'process/exit' && reasons.add(body)) });
  run.advance();
  expect([...reasons].map((reason) => String(reason).startsWith('corrupt write-ahead log'))).toEqual([true]);
  expect(view(run.inspect(memberName(1)).program).raft?.commit).toBeGreaterThan(50);
});

test('a group of one needs nobody', () => {
  const run = createRaftRun({ seed: 3, members: 1, properties: [...promises, recovers], faults: drawPattern(3, 1, 'crashes') });
  expect(run.advance()).toBe('ok');
  expect(run.history.operations.filter(({ status }) => status === 'ok').length).toBeGreaterThan(20);
});

test('with and without properties a run takes the same steps', () => {
  const digests = [[], promises].map((properties) => {
    const run = createRaftRun({ seed: 9, members: 5, faults: drawPattern(9, 5, 'mixed'), properties });
    run.advance();
    return run.digest;
  });
  expect(new Set(digests).size).toBe(1);
});

function view(program: unknown): CounterServerView {
  return program as CounterServerView;
}
