import { describe, expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type Boot, type Fault, type Micros } from '../../../../sim/index.ts';
import type { Fence, Resource } from '../../../api/resources/index.ts';
import { deploymentSpec, deploymentStatus, metadata } from '../../../api/testing/objects.ts';
import { ENDPOINTS_ROLE } from '../../../controllers/machinery/options.ts';
import { defaultDesign } from '../../../design.ts';
import { sharedJournals } from '../journal.ts';
import { applies, grants, judged, play, writes, writesAt, type Moment } from '../testing/crossings.ts';
import { publishedAreReady } from './published-are-ready.ts';

const node: Resource = {
  kind: 'Node',
  metadata: metadata('node-east-1'),
  spec: { region: 'east', capacity: 20, unschedulable: false, taints: [] },
  status: { readiness: 'ready' },
};
const service: Resource = {
  kind: 'Service',
  metadata: metadata('orders', { uid: 's1' }),
  spec: { deployment: 'orders', mode: 'balanced' },
  status: { plan: 0 },
};
const deployment: Resource = {
  kind: 'Deployment',
  metadata: metadata('orders', { uid: 'd1' }),
  spec: deploymentSpec({ replicas: 2 }),
  status: deploymentStatus(),
};

const workload = (uid: string, ready = true): Resource => ({
  kind: 'Workload',
  metadata: metadata(uid, { uid }),
  spec: { owner: 'd1', ownerName: 'orders', ownerGeneration: 1, image: 'a', ordinal: 0, identity: '', node: 'node-east-1' },
  status: { phase: 'Running', ready, restarts: 0 },
});

const endpoints = (token: number, ...backends: readonly string[]): Resource => ({
  kind: 'Endpoints',
  metadata: metadata('orders', { uid: 'e1', writtenBy: { role: ENDPOINTS_ROLE, token } satisfies Fence }),
  spec: {
    service: 's1',
    mode: 'balanced',
    backends: backends.map((uid) => ({ workload: uid, node: 'node-east-1', region: 'east' })),
  },
  status: {},
});

describe('who leads', () => {
  /** The second write is revision 3, and so on. */
  const judge = (...requests: readonly Parameters<typeof applies>[1][]): string | null =>
    judged(
      play(
        publishedAreReady(sharedJournals(), defaultDesign),
        requests.map((request, at): Moment => applies(at + 1, request)),
      ),
    );
  const begun = [writes(workload('a')), writes(workload('b')), writes(workload('b', false))];
  const granted = grants(ENDPOINTS_ROLE);
  const token = 5;

  test('publishes nobody that had ceased to be ready before', () => {
    expect(judge(...begun, granted, writes(endpoints(token, 'a')))).toBeNull();
    expect(judge(...begun, granted, writes(endpoints(token, 'a', 'b')))).toBe(
      'b on node-east-1 is published for orders under token 5, and was ready at no time since that was granted',
    );
  });

  test('may not have heard of what has happened since', () => {
    expect(judge(...begun, granted, writes(workload('a', false)), writes(endpoints(token, 'a')))).toBeNull();
  });

  test('may leave standing what was published last', () => {
    const before = writes(endpoints(0, 'a', 'b'));
    expect(
      judge(writes(workload('a')), writes(workload('b', false)), before, granted, writes(endpoints(token, 'a', 'b'))),
    ).toBeNull();
  });
});

describe('whoever is published and not ready', () => {
  const END_US = seconds(40);
  const begun = [node, service, deployment, workload('a'), workload('b'), endpoints(0, 'a', 'b')];

  /** What is made of objects that are written one after the other, and of one more at each of these times. */
  function judge(later: readonly (readonly [Micros, Resource])[], ...faults: readonly Fault[]): string | null {
    const idle: Boot = () => ({ start: () => undefined });
    const run = createRun({
      seed: 1,
      topology: threeRegions(),
      build(world) {
        for (const name of ['node-east-1', 'store-east-1']) world.process({ name, region: 'east', boot: idle });
        world.process({
          name: 'script',
          region: 'north',
          boot: writesAt([...begun.map((object, at) => [ms(at + 1), object] as const), ...later]),
        });
      },
      faults,
      properties: [publishedAreReady(sharedJournals(), defaultDesign)],
      healAtUs: END_US,
      endUs: END_US + seconds(1),
      keepEvidence: true,
    });
    run.advance();
    return judged(run);
  }

  const ceased = [seconds(20), workload('b', false)] as const;

  test('is taken away in time', () => {
    expect(judge([ceased])).toMatch(
      /b on node-east-1 is still published for orders, although it has not been ready for 6\.000000 s, and a is/,
    );
    expect(judge([ceased, [seconds(23), endpoints(0, 'a')]])).toBeNull();
  });

  test('also while nodes are without power, and not while something else goes wrong', () => {
    const dark = (target: string): Fault => ({ at: seconds(15), do: 'crash', target, for: seconds(20) });
    expect(judge([ceased], dark('node-east-1'))).toMatch(/b on node-east-1 is still published/);
    expect(judge([ceased], dark('store-east-1'))).toBeNull();
  });

  test('stays as long as nobody is ready', () => {
    expect(judge([[seconds(19), workload('a', false)], ceased])).toBeNull();
  });
});
