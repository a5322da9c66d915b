import { expect, test } from 'vitest';
import { createRun, seconds, threeRegions, type Micros } from '../../../sim/index.ts';
import { defaultDesign, type Design } from '../../design.ts';
import { buildStoreGroup } from '../group.ts';
import type { StoreMemberView } from '../member/member.ts';
import { STORE_OPERATOR, storeOperator } from './member-operator.ts';

const design: Design = { ...defaultDesign, storeMembers: 3, storeSpares: 1 };
const topology = threeRegions();
const BACK_US = seconds(6);

/** How many members the group has, by the one that leads, at a moment of a replacement that begins while one of them is down until `BACK_US`. */
function membersAt(atUs: Micros, isCareful: boolean): number | undefined {
  const run = createRun({
    seed: 1, topology, healAtUs: seconds(9), endUs: seconds(10), properties: [],
    faults: [{ do: 'crash', target: 'store-3', at: seconds(3), for: BACK_US - seconds(3) }],
    build: (world) => {
      buildStoreGroup(world, { design, defects: new Set(), topology, workload: [] });
      const intents = [{ at: seconds(4.5), client: STORE_OPERATOR, operation: 'member-replace', arguments: { draw: 0 } }] as const;
      world.process({ name: STORE_OPERATOR, region: 'east', boot: storeOperator({ members: ['store-1', 'store-2', 'store-3'], spares: ['store-4'], intents, requestUs: design.storeRequestUs, isCareful }) });
    },
  });
  while (run.nowUs < atUs && run.advance(run.step + 1) === null);
  const raft = [1, 2, 3, 4].map((id) => (run.inspect(`store-${id}`).program as StoreMemberView | null)?.raft.raft);
  return raft.find((each) => each?.role === 'leader')?.configuration.voters.length;
}

test('whoever is careful takes a member away when all voters are well, and not before', () => {
  expect(membersAt(BACK_US, true)).toBe(4);
  expect(membersAt(BACK_US + seconds(3), true)).toBe(3);
});

test('whoever is not does so while one of them is down', () => {
  expect(membersAt(BACK_US, false)).toBe(3);
});
