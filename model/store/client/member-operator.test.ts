import { expect, test } from 'vitest';
import { createRun, seconds, threeRegions, type Fault, type Micros, type Run } from '../../../sim/index.ts';
import { defaultDesign, type Design } from '../../design.ts';
import type { RaftNodeView } from '../../raft/index.ts';
import { buildStoreGroup } from '../group.ts';
import type { StoreMemberView } from '../member/member.ts';
import { STORE_OPERATOR, storeOperator } from './member-operator.ts';

const design: Design = { ...defaultDesign, storeMembers: 3, storeSpares: 1 };
const topology = threeRegions();

/** Three members, a spare, and an operator who begins to replace one of them in the fifth second. */
function replacement({
  draw,
  isCareful,
  faults,
}: {
  readonly draw: number;
  readonly isCareful: boolean;
  readonly faults: readonly Fault[];
}): Run {
  return createRun({
    seed: 1,
    topology,
    faults,
    healAtUs: seconds(9),
    endUs: seconds(10),
    properties: [],
    build: (world) => {
      buildStoreGroup(world, { design, defects: new Set(), topology, workload: [] });
      const intents = [{ at: seconds(4.5), client: STORE_OPERATOR, operation: 'member-replace', arguments: { draw } }] as const;
      world.process({
        name: STORE_OPERATOR,
        region: 'east',
        boot: storeOperator({
          members: ['store-1', 'store-2', 'store-3'],
          spares: ['store-4'],
          intents,
          requestUs: design.storeRequestUs,
          isCareful,
        }),
      });
    },
  });
}

function members(run: Run): readonly RaftNodeView[] {
  return [1, 2, 3, 4].flatMap((id) => (run.inspect(`store-${id}`).program as StoreMemberView | null)?.raft ?? []);
}

const BACK_US = seconds(6);

/** How many voters there are at that time, by the one that leads, where one of them is down until `BACK_US`. */
function votersAt(atUs: Micros, isCareful: boolean): number | undefined {
  const run = replacement({
    draw: 0,
    isCareful,
    faults: [{ at: seconds(3), do: 'crash', target: 'store-3', for: BACK_US - seconds(3) }],
  });
  while (run.nowUs < atUs) run.advance(run.step + 1);
  return members(run).find(({ raft }) => raft?.role === 'leader')?.raft?.configuration.voters.length;
}

test('whoever is careful takes a member away when all voters are well, and not before', () => {
  expect(votersAt(BACK_US, true)).toBe(4);
  expect(votersAt(BACK_US + seconds(3), true)).toBe(3);
});

test('whoever is not does so while one of them is down', () => {
  expect(votersAt(BACK_US, false)).toBe(3);
});

test('who is taken away does not lead then', () => {
  for (const draw of [0, 1, 2, 3]) {
    const run = replacement({ draw, isCareful: true, faults: [] });
    let leader = 0;
    let gone: RaftNodeView | undefined;
    while (gone === undefined && run.advance(run.step + 1) === null) {
      const all = members(run);
      gone = all.find(({ removed }) => removed);
      if (gone === undefined) leader = all.find(({ raft }) => raft?.role === 'leader')?.member ?? 0;
    }
    expect([draw, gone !== undefined, gone?.member === leader]).toEqual([draw, true, false]);
  }
});
