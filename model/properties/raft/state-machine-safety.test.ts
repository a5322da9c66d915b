import { expect, test } from 'vitest';
import { createRun, threeRegions, type Os } from '../../../sim/index.ts';
import { segmentFile } from '../../raft/host/wal-record.ts';
import { sharedGroups } from './group.ts';
import { stateMachineSafety } from './state-machine-safety.ts';

test('a log whose torn end is cut off is no news', () => {
  const record = { head: null, snapshot: null, entries: [], hardState: null, checksum: 0 };
  const walFile = segmentFile(1);
  const boot = (os: Os): { start: () => void } => ({
    start: () => {
      os.disk.append(walFile, record, 100);
      os.disk.fsync(walFile, () => os.disk.truncate(walFile, 0));
    },
  });
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    build: (world) => world.process({ name: 'n1', region: 'east', boot }),
    faults: [],
    properties: [stateMachineSafety(sharedGroups())],
    healAtUs: 1_000,
    endUs: 10_000,
  });
  expect(run.advance()).toBe('ok');
  expect(run.failure).toBeNull();
});
