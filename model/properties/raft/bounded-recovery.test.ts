import { expect, test } from 'vitest';
import { ms } from '../../../sim/index.ts';
import { createRaftRun, testDesign, type RaftWorldOptions } from '../../raft/testing/world.ts';
import type { CounterServerView } from '../../raft/testing/counter.ts';
import { boundedRecovery, replayLimit } from './bounded-recovery.ts';
import { sharedGroups } from './group.ts';

const EVERY = 5;
/** The second member's disk takes thirty times as long, so that its snapshots come late. */
const slowWorld: RaftWorldOptions = {
  seed: 1,
  clients: 12,
  pauseUs: ms(1),
  design: { snapshotEveryEntries: EVERY, entriesBehindSnapshot: 40 },
  faults: [
    { do: 'slow-disk', at: ms(50), target: 'member-2', factor: 30, for: ms(1_500) },
    { do: 'crash', at: ms(1_500), target: 'member-2', for: ms(20) },
  ],
};

test('a member whose snapshots come late waits for them, and goes on as soon as they are durable', () => {
  const design = { ...testDesign, ...slowWorld.design };
  const run = createRaftRun({ ...slowWorld, properties: [boundedRecovery(sharedGroups(), design)], keepEvidence: true });
  expect([run.advance(), run.violation]).toEqual(['ok', null]);
  expect(run.fullChecks().map(({ broken }) => broken)).toEqual([null]);
  const applied = [1, 2, 3].map((id) => (run.inspect(`member-${id}`).program as CounterServerView).applied);
  expect(Math.min(...applied)).toBe(Math.max(...applied));
  expect(applied[0]).toBeGreaterThan(10 * replayLimit(design));
});
