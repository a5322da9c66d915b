import { describe, expect, test } from 'vitest';
import {
  createRun,
  ms,
  seconds,
  type Fault,
  type Micros,
  type Process,
  type Property,
  type RunSpec,
} from '../../../sim/index.ts';
import { machineFile } from '../../raft/host/state-machine.ts';
import type { BackendRecord } from './backend-record.ts';
import { crashMembers, finish, outcome, storeWorld } from '../testing/world.ts';

const MEMBER = 'store-2';

interface DiskStep {
  readonly atUs: Micros;
  readonly file: string;
  readonly records: readonly unknown[];
}

/** Notes what becomes durable at one member. */
function noteSteps(steps: DiskStep[]): Property {
  return {
    id: 'test/steps',
    kind: 'sometimes',
    title: 'what becomes durable',
    monitor: (_report, scene) => ({
      durable: (process: Process, file: string, _first: number, records: readonly unknown[]) => {
        if (process.name === MEMBER) steps.push({ atUs: scene.nowUs(), file, records });
      },
    }),
  };
}

/** A member that is cut off until a snapshot has to be installed, compactions that take their time, and defragmentations. */
function busyWorld(faults: readonly Fault[], endUs: Micros): RunSpec {
  return storeWorld({
    seed: 5,
    perSecond: 40,
    healAtUs: endUs - 1,
    endUs,
    faults: [{ do: 'partition', at: seconds(3), from: MEMBER, to: 'store-*', for: ms(1_600) }, ...faults],
    design: {
      snapshotEveryEntries: 12,
      entriesBehindSnapshot: 2,
      compactEveryUs: ms(700),
      keepRevisions: 5,
      compactBatchChanges: 4,
      compactPauseUs: ms(30),
      defragmentEveryUs: ms(900),
    },
  });
}

function stepsOf(spec: RunSpec): readonly DiskStep[] {
  const steps: DiskStep[] = [];
  const run = createRun({ ...spec, properties: [...spec.properties.filter(({ kind }) => kind === 'always'), noteSteps(steps)] });
  run.advance();
  expect(outcome(run)).toBe('ok');
  return steps;
}

/** What the member had committed is its own again, the rest comes out of the log; it disagrees with the others nowhere. */
function survives(faults: readonly Fault[], untilUs: Micros): string {
  const spec = busyWorld(faults, untilUs);
  const run = createRun({ ...spec, properties: spec.properties.filter(({ kind }) => kind === 'always') });
  run.advance();
  return outcome(run);
}

describe('a member that loses power around any write to its backend or to its snapshots', () => {
  const steps = stepsOf(busyWorld([], seconds(6))).filter(({ file }) => file.startsWith(machineFile) || file === 'snapshot');

  test('passes through all that can happen to a backend', () => {
    const records = steps.filter(({ file }) => file === machineFile).flatMap((step) => step.records as readonly BackendRecord[]);
    const batches = records.filter((record) => record.type === 'batch');
    expect(
      batches.some(({ deletion, scheduledCompact, finishedCompact }) => deletion !== null && finishedCompact < scheduledCompact),
    ).toBe(true);
    expect(
      batches.some(({ scheduledCompact, finishedCompact }) => scheduledCompact > 0 && finishedCompact === scheduledCompact),
    ).toBe(true);
    expect(records.some(({ type }) => type === 'image')).toBe(true);
    expect(steps.some(({ file }) => file === 'backend.tmp')).toBe(true);
    expect(
      steps
        .filter(({ file }) => file === 'snapshot')
        .map(({ records: [snapshot] }) => (snapshot as { state: unknown }).state !== null),
    ).toContain(true);
  });

  test.each([-150, 1])('comes back with the state that the others have (%i us from it)', (fromUs) => {
    for (const { atUs, file } of steps) {
      const crash: Fault = { do: 'crash', at: atUs + fromUs, target: MEMBER, for: ms(40) };
      expect(`${file} at ${atUs}: ${survives([crash], atUs + seconds(1))}`).toBe(`${file} at ${atUs}: ok`);
    }
  });
});

test('a compaction is committed together with its entry, not with the one before', () => {
  // A crash between the two found a store that was compacted one entry too early.
  const spec = storeWorld({ seed: 33, faults: crashMembers(33, 3), design: { backendSlackBytes: 0 } });
  expect(outcome(finish(spec))).toBe('ok');
});
