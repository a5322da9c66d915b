import { describe, expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type Boot, type Fault, type Micros } from '../../../sim/index.ts';
import type { Resource } from '../../api/resources/index.ts';
import { metadata } from '../../api/testing/objects.ts';
import { defaultDesign } from '../../design.ts';
import { sharedJournals } from './journal.ts';
import { lossesMadeGood } from './losses-made-good.ts';
import { judged, writesAt } from './testing/crossings.ts';

const DARK_US = seconds(5);
const END_US = seconds(70);
const REGIONS = ['east', 'west', 'north'];
const NODES = REGIONS.flatMap((region) => [1, 2, 3, 4].map((at) => `node-${region}-${at}`));

const nodeOf = (name: string): Resource => ({
  kind: 'Node',
  metadata: metadata(name),
  spec: { region: name.split('-')[1] as string, capacity: 20, unschedulable: false, taints: [] },
  status: { readiness: 'ready' },
});

const workload = (uid: string, node: string, own: { readonly deletionUs?: Micros; readonly ready?: boolean } = {}): Resource => ({
  kind: 'Workload',
  metadata: metadata(uid, { uid, deletionUs: own.deletionUs ?? null }),
  spec: { owner: 'd1', ownerName: 'orders', ownerGeneration: 1, image: 'a', ordinal: 0, identity: '', node },
  status: { phase: 'Running', ready: own.ready ?? true, restarts: 0 },
});

const primary = (epoch: number, uid: string, node: string, inSync: readonly string[]): Resource => ({
  kind: 'Primary',
  metadata: metadata('orders'),
  spec: { service: 's1', workload: uid, node, region: 'east', epoch, line: 1, inSync },
  status: {},
});

const dark = (target: string, forUs: Micros = seconds(60)): Fault => ({ at: DARK_US, do: 'crash', target, for: forUs });

/** What is made of objects that are written at these times, and of these faults: machines and members of three regions, which do nothing. */
function judge(objects: readonly (readonly [Micros, Resource])[], ...faults: readonly Fault[]): string | null {
  const idle: Boot = () => ({ start: () => undefined });
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    build(world) {
      for (const region of REGIONS) world.process({ name: `store-${region}-1`, region, boot: idle });
      for (const name of NODES) world.process({ name, region: name.split('-')[1] as string, boot: idle });
      world.process({ name: 'script', region: 'north', boot: writesAt(objects) });
    },
    faults,
    properties: [lossesMadeGood(sharedJournals(), defaultDesign)],
    healAtUs: END_US,
    endUs: END_US + seconds(1),
    keepEvidence: true,
  });
  run.advance();
  return judged(run);
}

const registered = NODES.map((name, at) => [ms(at + 1), nodeOf(name)] as const);
const placed = [...registered, [seconds(1), workload('a', 'node-east-1')] as const];

describe('what stands on a machine without power', () => {
  test('is given up within the bound', () => {
    expect(judge(placed, dark('node-east-1'))).toMatch(/a is still wanted on node-east-1, which lost power 2\d\.\d+ s ago/);
    const deleted = [seconds(20), workload('a', 'node-east-1', { deletionUs: seconds(20) })] as const;
    expect(judge([...placed, deleted], dark('node-east-1'))).toBeNull();
  });

  test('may stand there as long as the machine may be back in time', () => {
    expect(judge(placed, dark('node-east-1', seconds(15)))).toBeNull();
    const late = [...registered, [seconds(50), workload('a', 'node-east-1')] as const];
    expect(judge(late, dark('node-east-1'))).toBeNull();
  });

  test('may stand there while something else goes wrong, and for the bound after that', () => {
    const paused: Fault = { at: seconds(20), do: 'pause', target: 'store-west-1', for: seconds(28) };
    expect(judge(placed, dark('node-east-1'), paused)).toBeNull();
    const soonOver: Fault = { ...paused, for: seconds(5) };
    expect(judge(placed, dark('node-east-1'), soonOver)).toMatch(/a is still wanted on node-east-1/);
  });

  test('may stand there when most of its zone is dark, and not when all of it is', () => {
    expect(judge(placed, dark('node-east-1,node-east-2,node-east-3'))).toBeNull();
    expect(judge(placed, dark('node-east-*'))).toMatch(/a is still wanted on node-east-1/);
  });

  test('may stand there when two regions are dark, or most members of the store', () => {
    expect(judge(placed, dark('node-east-1'), dark('node-west-1'))).toBeNull();
    expect(judge(placed, dark('region:east'))).toMatch(/a is still wanted on node-east-1/);
    expect(judge(placed, dark('region:east'), dark('store-west-1'))).toBeNull();
  });
});

describe('a primary on a machine without power', () => {
  /** `b` follows from elsewhere. */
  const reign = (inSync: readonly string[], ready = true): readonly (readonly [Micros, Resource])[] => [
    ...registered,
    [seconds(1), workload('a', 'node-east-1')],
    [seconds(1.1), workload('b', 'node-west-1', { ready })],
    [seconds(1.2), primary(1, 'a', 'node-east-1', inSync)],
    [seconds(20), workload('a', 'node-east-1', { deletionUs: seconds(20) })],
  ];

  test('is replaced within the bound by whoever can follow', () => {
    expect(judge(reign(['a', 'b']), dark('node-east-1'))).toMatch(
      /a is still the primary of orders under epoch 1, b could follow, and node-east-1 lost power/,
    );
    const replaced = [seconds(25), primary(2, 'b', 'node-west-1', ['b'])] as const;
    expect(judge([...reign(['a', 'b']), replaced], dark('node-east-1'))).toBeNull();
  });

  test('stays where nobody can follow', () => {
    expect(judge(reign(['a']), dark('node-east-1'))).toBeNull();
    expect(judge(reign(['a', 'b'], false), dark('node-east-1'))).toBeNull();
  });
});
