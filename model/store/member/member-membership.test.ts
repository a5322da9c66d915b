import { expect, test } from 'vitest';
import { createRun, ms, seconds, Streams, threeRegions, type Co, type Fault, type Os, type Run } from '../../../sim/index.ts';
import { defaultDesign, type Design } from '../../design.ts';
import { raftPropertiesOf } from '../../properties/raft/index.ts';
import { storeProperties } from '../../properties/store/index.ts';
import { buildStoreGroup } from '../group.ts';
import { MemberClient } from '../client/member-client.ts';
import { STORE_OPERATOR, type MemberIntent } from '../client/member-operator.ts';
import type { StoreMemberView } from './member.ts';
import { drawStoreWorkload, type StoreIntent } from '../client/workload.ts';

const design: Design = {
  ...defaultDesign,
  storeMembers: 3,
  storeSpares: 2,
  snapshotEveryEntries: 40,
  entriesBehindSnapshot: 10,
  backendCommitUs: ms(20),
};
const topology = threeRegions();

function storeRun(
  seed: number,
  workload: readonly (StoreIntent | MemberIntent)[],
  faults: readonly Fault[],
  script?: (client: MemberClient, os: Os) => Co<void>,
): Run {
  return createRun({
    seed,
    topology,
    faults,
    healAtUs: seconds(8),
    endUs: seconds(14),
    properties: [...storeProperties(design), ...raftPropertiesOf(design)],
    build: (world) => {
      buildStoreGroup(world, { design, defects: new Set(), topology, workload });
      if (script === undefined) return;
      const boot = (os: Os) => ({
        start: () => {
          const client = new MemberClient(os, ['store-1', 'store-2', 'store-3', 'store-4'], seconds(8));
          os.spawn('script', script(client, os));
        },
      });
      world.process({ name: 'admin', region: 'east', boot });
    },
  });
}

function workload(seed: number): StoreIntent[] {
  return [
    ...drawStoreWorkload(new Streams(seed).stream('workload'), {
      clients: ['client-1', 'client-2'],
      fromUs: seconds(1),
      untilUs: seconds(7),
      perSecond: 25,
      keys: 6,
    }),
  ];
}

test("members are added, promoted, listed and removed with etcd's refusals", () => {
  const said: unknown[] = [];
  function* script(client: MemberClient, os: Os): Co<void> {
    const tell = <T>(outcome: { status: string; value?: T; code?: string }): void => {
      const members = (outcome.value as { members?: { id: number; process: string; isLearner: boolean }[] } | null | undefined)
        ?.members;
      said.push(
        outcome.code ??
          members?.map(({ id, process, isLearner }) => `${id} ${process}${isLearner ? ' learner' : ''}`).join(', ') ??
          outcome.status,
      );
    };
    yield* os.sleep(seconds(3));
    tell(yield* client.add('store-4', true));
    tell(yield* client.add('store-4', true));
    tell(yield* client.add('store-5', true));
    tell(yield* client.promote(1));
    tell(yield* client.promote(9));
    yield* os.sleep(seconds(2));
    tell(yield* client.promote(4));
    tell(yield* client.remove(1));
    tell(yield* client.remove(1));
    tell(yield* client.moveLeader(4));
    tell(yield* client.moveLeader(77));
    yield* os.sleep(ms(1_500));
    tell(yield* client.list());
  }
  const run = storeRun(1, workload(1), [], script);
  expect(run.advance()).toBe('ok');
  expect(said).toEqual([
    '1 store-1, 2 store-2, 3 store-3, 4 store-4 learner',
    'ErrPeerURLExist',
    'ErrTooManyLearners',
    'ErrMemberNotLearner',
    'ErrMemberNotFound',
    '1 store-1, 2 store-2, 3 store-3, 4 store-4',
    '2 store-2, 3 store-3, 4 store-4',
    'ErrMemberNotFound',
    'ok',
    'ErrBadLeaderTransferee',
    '2 store-2, 3 store-3, 4 store-4',
  ]);
  const { raft } = run.inspect('store-4').program as StoreMemberView;
  expect([raft.leader, (run.inspect('store-1').program as StoreMemberView).raft.removed]).toEqual(['store-4', true]);
});

test('whoever moves the leader is answered when the other one leads, or when that took too long', () => {
  const said: unknown[] = [];
  const tell = ({ status, code }: { readonly status: string; readonly code?: string }): void => {
    said.push([
      code ?? status,
      ...[1, 2, 3].filter((at) => (run.inspect(`store-${at}`).program as StoreMemberView | null)?.raft.raft?.role === 'leader'),
    ]);
  };
  function* script(client: MemberClient, os: Os): Co<void> {
    yield* os.sleep(seconds(3));
    tell(yield* client.moveLeader(3));
    tell(yield* client.moveLeader(1));
    yield* os.sleep(ms(200));
    tell(yield* client.moveLeader(2));
  }
  const run: Run = storeRun(2, workload(2), [{ do: 'crash', target: 'store-2', at: ms(3_800), for: seconds(4) }], script);
  expect([run.advance(), run.violation]).toEqual(['ok', null]);
  expect(said).toEqual([
    ['ok', 3],
    ['ok', 1],
    ['ErrTimeoutLeaderTransfer', 1],
  ]);
});

test('a group whose members are replaced, and one of whose disks is lost, keeps every promise of the store', () => {
  let replaced = 0;
  for (let seed = 1; seed <= 8; seed++) {
    const changes = [2, 4, 6].map((at): MemberIntent => ({
      at: seconds(at),
      client: STORE_OPERATOR,
      operation: at === 4 ? 'move-leader' : 'member-replace',
      arguments: { draw: seed * 7 + at },
    }));
    const faults: Fault[] = [
      { do: 'lose-disk', target: `store-${1 + (seed % 3)}`, at: ms(4_500), for: ms(200) },
      { do: 'isolate', target: `store-${1 + ((seed + 1) % 3)}`, at: ms(2_500), for: ms(1_000) },
    ];
    const run = storeRun(seed, [...workload(seed), ...changes], faults);
    expect([seed, run.advance(), run.violation, run.failure]).toEqual([seed, 'ok', null, null]);
    const views = [1, 2, 3, 4, 5].map((at) => (run.inspect(`store-${at}`).program as StoreMemberView).raft);
    replaced += views.filter(({ member }) => member > 3).length;
  }
  expect(replaced).toBeGreaterThan(8);
});

test('of two members that are to come at once only one does, and the other one may come later', () => {
  const join = (at: number): MemberIntent => ({ at, client: STORE_OPERATOR, operation: 'members-join', arguments: { draw: 0 } });
  const votersAfter = (changes: readonly MemberIntent[]): number => {
    const run = storeRun(3, [...workload(3), ...changes], []);
    expect(run.advance()).toBe('ok');
    return (run.inspect('store-1').program as StoreMemberView).raft.raft?.configuration.voters.length ?? 0;
  };
  expect(votersAfter([join(seconds(2))])).toBe(4);
  expect(votersAfter([join(seconds(2)), join(seconds(4))])).toBe(5);
});
