import { describe, expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type Fault, type Micros } from '../../../../sim/index.ts';
import type { NodeStatus, Resource } from '../../../api/resources/index.ts';
import { metadata } from '../../../api/testing/objects.ts';
import { sharedJournals } from '../journal.ts';
import { judged, writesAt } from '../testing/crossings.ts';
import { soundPlacement } from './sound-placement.ts';

type Written = readonly [Micros, Resource];

const cluster = (region: string): Resource => ({
  kind: 'Cluster',
  metadata: metadata(region),
  spec: { region, state: 'active' },
  status: { observedGeneration: 0 },
});

/** On `east-1`, of region `east`. */
const nodeOf = (name: string, readiness: NodeStatus['readiness'] = 'ready', capacity = 2): Resource => ({
  kind: 'Node',
  metadata: metadata(name),
  spec: { region: name.split('-')[0] as string, capacity, unschedulable: false, taints: [] },
  status: { readiness },
});

const workload = (uid: string, node: string, deletionUs: Micros | null = null): Resource => ({
  kind: 'Workload',
  metadata: metadata(uid, { uid, deletionUs }),
  spec: { owner: 'd1', ownerName: 'orders', ownerGeneration: 1, image: 'a', ordinal: 0, identity: '', node },
  status: { phase: 'Pending', ready: false, restarts: 0 },
});

/** Pending for a moment. */
const binding = (atUs: Micros, uid: string, node: string): readonly Written[] => [
  [atUs - ms(100), workload(uid, '')],
  [atUs, workload(uid, node)],
];

function judge(objects: readonly Written[], ...faults: readonly Fault[]): string | null {
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    build(world) {
      world.process({ name: 'script', region: 'north', boot: writesAt(objects) });
      world.process({ name: 'other', region: 'north', boot: () => ({ start: () => undefined }) });
    },
    faults,
    properties: [soundPlacement(sharedJournals())],
    healAtUs: seconds(40),
    endUs: seconds(41),
    keepEvidence: true,
  });
  run.advance();
  return judged(run);
}

const regions: readonly Written[] = ['east', 'west'].flatMap((region, at): readonly Written[] => [
  [ms(10 * at + 1), cluster(region)],
  [ms(10 * at + 2), nodeOf(`${region}-1`)],
]);

describe('a binding', () => {
  const silent: readonly Written[] = [...regions, [seconds(10), nodeOf('east-1', 'unknown')]];

  test('is of a node that takes work, by what a cache must show', () => {
    expect(judge([...silent, ...binding(seconds(14), 'a', 'east-1')])).toBe(
      'a is bound to east-1, which has taken no work for 4.000000 s: unknown',
    );
    expect(judge([...silent, ...binding(seconds(12), 'a', 'east-1')])).toBeNull();
    expect(judge([...silent, ...binding(seconds(14), 'a', 'west-1')])).toBeNull();
  });

  test('may be of any while something goes wrong, and soon after', () => {
    const paused: Fault = { at: seconds(5), do: 'pause', target: 'other', for: seconds(5) };
    expect(judge([...silent, ...binding(seconds(14), 'a', 'east-1')], paused)).toBeNull();
    expect(judge([...silent, ...binding(seconds(19), 'a', 'east-1')], paused)).toMatch(/taken no work/);
  });

  test('is of a node that has room', () => {
    const full = [...regions, ...binding(seconds(10), 'a', 'east-1'), ...binding(seconds(11), 'b', 'west-1')];
    const fuller = [...full, ...binding(seconds(12), 'c', 'east-1'), ...binding(seconds(13), 'd', 'west-1')];
    expect(judge(fuller)).toBeNull();
    expect(judge([...fuller, ...binding(seconds(20), 'e', 'east-1')])).toBe(
      'e is bound to east-1, which has room for 2 and held 2 already',
    );
    expect(judge([...fuller, ...binding(seconds(14), 'e', 'east-1')])).toBeNull();
    // What is being deleted takes room until it is gone.
    expect(
      judge([...fuller, [seconds(14), workload('a', 'east-1', seconds(14))], ...binding(seconds(20), 'e', 'east-1')]),
    ).toMatch(/has room for 2/);
  });

  test('is in a region that holds fewest, by what a cache must show', () => {
    const first = [...regions, ...binding(seconds(10), 'a', 'east-1')];
    expect(judge([...first, ...binding(seconds(14), 'b', 'east-1')])).toBe(
      'b is bound to east-1 in east, which held 1 of orders, while west had room and held 0',
    );
    expect(judge([...first, ...binding(seconds(12), 'b', 'east-1')])).toBeNull();
    expect(judge([...first, ...binding(seconds(14), 'b', 'west-1')])).toBeNull();
    const cannot: Written = [seconds(11), nodeOf('west-1', 'unknown')];
    expect(judge([...first, cannot, ...binding(seconds(14), 'b', 'east-1')])).toBeNull();
  });
});
