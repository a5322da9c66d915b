import { expect, test } from 'vitest';
import { ms, type Fault, type Micros, type Run } from '../../../sim/index.ts';
import { raftProperties } from '../../properties/raft/index.ts';
import type { CounterServerView } from '../testing/counter.ts';
import { linearizableReads, recovers } from '../testing/goals.ts';
import { createRaftRun, memberName } from '../testing/world.ts';

const HEAL_US = ms(900);

function smallRun(members: number, faults: readonly Fault[]): Run {
  return createRaftRun({
    seed: 5,
    members,
    clients: 4,
    commandBytes: 300,
    faults,
    healAtUs: HEAL_US,
    endUs: ms(2_500),
    properties: [...raftProperties(), linearizableReads, recovers],
    design: { snapshotEveryEntries: 12, entriesBehindSnapshot: 3 },
  });
}

/** When the disk of a member has completed something, with what. */
function diskOperations(run: Run, member: string, fromUs: Micros): { readonly atUs: Micros; readonly what: string }[] {
  const operations: { atUs: Micros; what: string }[] = [];
  run.observe({
    stepped: ({ kind, target, body, timeUs }) => {
      if (kind.name === 'disk/done' && target?.name === member && timeUs >= fromUs && timeUs < HEAL_US - ms(200))
        operations.push({ atUs: timeUs, what: String(body) });
    },
  });
  expect(run.advance()).toBe('ok');
  return operations;
}

test('alone, a member that loses power after any of its disk operations loses nothing that it acknowledged', () => {
  const operations = diskOperations(smallRun(1, []), memberName(1), ms(50));
  expect(new Set(operations.map(({ what }) => what))).toEqual(new Set(['fsync', 'replace', 'remove']));
  for (const [at, { atUs }] of operations.entries()) {
    // Right after it, and after what the member made of it.
    for (const laterUs of at % 4 === 0 ? [0, 20] : [5]) {
      const run = smallRun(1, [{ do: 'crash', target: memberName(1), at: atUs + laterUs, for: ms(10) }]);
      expect([atUs, run.advance(), run.violation, run.failure]).toEqual([atUs, 'ok', null, null]);
    }
  }
});

test('a member that loses power after any disk operation of receiving a snapshot starts again', () => {
  const away: Fault = { do: 'isolate', target: memberName(3), at: ms(100), for: ms(250) };
  const operations = diskOperations(smallRun(3, [away]), memberName(3), ms(350));
  for (const { atUs } of operations.slice(0, 40)) {
    const run = smallRun(3, [away, { do: 'crash', target: memberName(3), at: atUs + 5, for: ms(10) }]);
    expect([atUs, run.advance(), run.violation, run.failure]).toEqual([atUs, 'ok', null, null]);
  }
});

test('segments come and go: a log holds what follows the newest snapshot, and little more', () => {
  const run = smallRun(3, []);
  let removed = 0;
  run.observe({ stepped: ({ kind, body }) => void (kind.name === 'disk/done' && body === 'remove' && removed++) });
  expect(run.advance()).toBe('ok');
  const { wal, raft } = run.inspect(memberName(1)).program as CounterServerView;
  expect(removed).toBeGreaterThan(10);
  expect(wal.segments.length).toBeLessThanOrEqual(6);
  expect(wal.lastIndex).toBe(raft?.lastIndex);
});
