import { describe, expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type Co, type Os, type Property, type Run } from '../../../../sim/index.ts';
import { objectKey, type Resource } from '../../../api/resources/index.ts';
import { metadata } from '../../../api/testing/objects.ts';
import { defaultDesign } from '../../../design.ts';
import { toldBoundary, zoneBoundary, type ZoneAction } from '../../../outside/dns/methods.ts';
import { checkedBoundary, routedBoundary, type RoutedRequest } from '../../../regions/gateway-methods.ts';
import { fileOf } from '../../../regions/serving/database.ts';
import { acceptedWriteBoundary, type AcceptedWrite } from '../../../regions/serving/methods.ts';
import { deleteRange } from '../../../store/machine/requests.ts';
import { sharedJournals } from '../journal.ts';
import { applies, crossing, forgetful, judged, play, writes, type Moment } from '../testing/crossings.ts';
import { boundedLoss } from './bounded-loss.ts';
import { discoveryAtGateways } from './discovery-at-gateways.ts';
import { dnsPlans } from './dns-plans.ts';
import { endpointsNeverEmpty } from './endpoints-never-empty.ts';
import { failoverJustified } from './failover-justified.ts';
import { onePrimary } from './one-primary.ts';
import { replicasAgree } from './replicas-agree.ts';
import { routedByHealth } from './routed-by-health.ts';

const journalOf = sharedJournals();

const accepts = (epoch: number, sequence: number, workload: string): Moment =>
  crossing(acceptedWriteBoundary, {
    service: 's1',
    workload,
    epoch,
    sequence,
    id: `${epoch}.${sequence}`,
  } satisfies AcceptedWrite);

const primary = (epoch: number, line: number, workload: string, inSync: readonly string[]): Resource => ({
  kind: 'Primary',
  metadata: metadata('orders', { uid: 'p1' }),
  spec: { service: 's1', workload, node: 'node-east-1', region: 'east', epoch, line, inSync },
  status: {},
});

const workload = (uid: string, ready = true): Resource => ({
  kind: 'Workload',
  metadata: metadata(uid, { uid }),
  spec: { owner: 'd1', ownerName: 'orders', ownerGeneration: 1, image: 'a', ordinal: 0, identity: '', node: 'node-east-1' },
  status: { phase: 'Running', ready, restarts: 0 },
});

const endpoints = (...backends: readonly string[]): Resource => ({
  kind: 'Endpoints',
  metadata: metadata('orders', { uid: 'e1' }),
  spec: {
    service: 's1',
    mode: 'balanced',
    backends: backends.map((uid) => ({ workload: uid, node: 'node-east-1', region: 'east' })),
  },
  status: {},
});

describe('one primary', () => {
  const judge = (moments: readonly Moment[]): string | null => judged(play(onePrimary(), moments));

  test('epochs grow, and an epoch has one holder', () => {
    expect(judge([accepts(1, 1, 'a'), accepts(1, 2, 'a'), accepts(3, 3, 'b')])).toBeNull();
    expect(judge([accepts(1, 1, 'a'), accepts(2, 2, 'b'), accepts(1, 2, 'a')])).toMatch(
      /a acknowledged .* under epoch 1 after b had under epoch 2/,
    );
    expect(judge([accepts(2, 1, 'a'), accepts(2, 2, 'b')])).toMatch(/b acknowledged .* under epoch 2 after a had under epoch 2/);
  });
});

describe('replicas agree', () => {
  const judge = (moments: readonly Moment[]): string | null => judged(play(replicasAgree(), moments));
  const holds =
    (workload: string, epoch: number, id: string, service = 's1'): Moment =>
    (os) => {
      const file = fileOf(service, workload);
      os.disk.append(file, { epoch, id }, 64);
      os.disk.fsync(file, () => undefined);
    };
  const both = [holds('a', 1, 'x'), holds('b', 1, 'x'), holds('a', 1, 'y')];

  test('what stands under another epoch, at another place or in the data of another service may differ', () => {
    expect(judge([...both, holds('b', 2, 'z'), holds('a', 1, 'x', 's2'), holds('b', 2, 'u', 's2')])).toBeNull();
  });

  test('what stands at one place under one epoch may not', () => {
    expect(judge([...both, holds('b', 1, 'z')])).toBe(
      'script holds z as write 2 of the data of s1 under epoch 1, where script held y',
    );
  });

  test('a verdict that forgets who was first is found from scratch', () => {
    expect(() => judged(play(forgetful(replicasAgree(), 'first'), [...both, holds('b', 1, 'z')]))).toThrow(
      /^step by step: fine; from scratch: script holds z/,
    );
  });
});

describe('bounded loss', () => {
  const judge = (moments: readonly Moment[]): string | null =>
    judged(play(boundedLoss(journalOf, { ...defaultDesign, replicationLagMax: 2 }), moments));
  const four = [1, 2, 3, 4].map((sequence) => accepts(1, sequence, 'a'));

  test('as many acknowledged writes may be lost as the bound says, and no more', () => {
    expect(judge([...four, accepts(2, 3, 'b')])).toBeNull();
    expect(judge([...four, accepts(2, 2, 'b')])).toMatch(/b began epoch 2 .* with write 2, and 3 acknowledged writes are lost/);
  });

  test('what is lost already is not lost again', () => {
    expect(judge([...four, accepts(2, 3, 'b'), accepts(3, 2, 'c')])).toBeNull();
  });

  test('where nobody is left who has the data it begins anew', () => {
    const begun = [applies(1, writes(primary(1, 1, 'a', ['a']))), ...four, applies(2, writes(primary(2, 2, 'b', ['b'])))];
    expect(judge([...begun, accepts(2, 1, 'b')])).toBeNull();
  });

  test('but not while somebody is', () => {
    expect(
      judge([
        applies(1, writes(workload('a'))),
        applies(2, writes(primary(1, 1, 'a', ['a']))),
        applies(3, writes(primary(2, 2, 'b', ['b']))),
      ]),
    ).toMatch(/began anew under epoch 2 although a/);
  });
});

describe('DNS plans', () => {
  const acts = (sequence: number, action: ZoneAction['action'], number: number, targets: readonly string[] = ['east']): Moment =>
    crossing(zoneBoundary, { sequence, action, service: 's1', record: 'shop', number, targets });
  const judge = (moments: readonly Moment[]): string | null => judged(play(dnsPlans(), moments));
  const first = [acts(1, 'put', 1), acts(2, 'activate', 1), acts(3, 'put', 2), acts(4, 'activate', 2)];

  test('an old plan may be deleted, and an entry told twice is one', () => {
    expect(judge([...first, acts(5, 'delete', 1), acts(2, 'activate', 1)])).toBeNull();
  });

  test('the one in force may not, nor give way to an older one, nor lead nowhere', () => {
    expect(judge([...first, acts(5, 'delete', 2)])).toMatch(/plan 2 of shop was deleted while it was in force/);
    expect(judge([...first, acts(5, 'activate', 1)])).toMatch(/shop went back from plan 2 to plan 1/);
    expect(judge([acts(1, 'put', 1, [])])).toMatch(/leads nowhere/);
  });

  test('nor are those who ask told of an older one than anybody before', () => {
    const tells = (number: number, service = 's1'): Moment => crossing(toldBoundary, { service, record: 'shop', number });
    expect(judge([tells(0), tells(1), tells(1), tells(2), tells(1, 's2')])).toBeNull();
    // What was on its way to the disk was told, and a power loss took it back.
    const moments = [...first.slice(0, 3), tells(1), tells(2), tells(1)];
    expect(judge(moments)).toBe('shop is told to lead to plan 1 after it was told to lead to plan 2');
    expect(() => judged(play(forgetful(dnsPlans(), 'told'), moments))).toThrow(/^step by step: fine; from scratch: shop is told/);
  });

  test('after a release numbers begin anew', () => {
    expect(judge([...first, acts(5, 'release', 0), acts(6, 'put', 1), acts(7, 'activate', 1)])).toBeNull();
  });
});

describe('discovery at gateways', () => {
  const routes = (request: Partial<RoutedRequest>): Moment =>
    crossing(routedBoundary, { service: 's1', name: 'orders', operation: 'read', workload: 'a', generation: 2, ...request });
  const judge = (moments: readonly Moment[]): string | null => judged(play(discoveryAtGateways(journalOf), moments));
  const published = applies(1, writes(endpoints('a')));

  test('a gateway that knew backends does not lose them by itself', () => {
    expect(judge([published, routes({}), routes({ service: '', workload: '', generation: 0 })])).toMatch(
      /has no backend for orders any more/,
    );
    expect(judge([published, routes({ workload: '' })])).toBeNull();
  });

  test('but it does when the control plane has said so once', () => {
    expect(
      judge([
        published,
        routes({}),
        applies(2, writes(endpoints())),
        applies(3, writes(endpoints('a'))),
        routes({ workload: '' }),
      ]),
    ).toBeNull();
    expect(
      judge([
        published,
        routes({}),
        applies(2, deleteRange(objectKey('Endpoints', 'orders'))),
        routes({ service: '', workload: '' }),
      ]),
    ).toBeNull();
  });

  test('whoever was led to a primary without having heard of a backend has none to lose', () => {
    expect(judge([published, routes({ operation: 'write', generation: 0 }), routes({ workload: '' })])).toBeNull();
  });

  test('a verdict that forgets what a gateway has routed by is found from scratch', () => {
    const moments = [published, routes({ generation: 3 }), routes({ generation: 2 })];
    expect(() => judged(play(forgetful(discoveryAtGateways(journalOf), 'routed'), moments))).toThrow(
      /^step by step: fine; from scratch: script routes to orders by generation 2/,
    );
  });

  test('it never goes back to an older generation', () => {
    expect(judge([published, routes({ generation: 3 }), routes({ generation: 2 })])).toMatch(
      /by generation 2 after it had by generation 3/,
    );
  });
});

describe('routed by health', () => {
  const judge = (...moments: readonly (Moment | readonly Moment[])[]): string | null =>
    judged(play(routedByHealth(journalOf, defaultDesign), moments.flat()));
  const publishes = (index: number, generation: number, ...backends: readonly string[]): Moment =>
    applies(index, writes({ ...endpoints(...backends), metadata: metadata('orders', { uid: 'e1', generation }) }));
  const checks = (uid: string, ok: boolean, times: number): readonly Moment[] =>
    Array.from({ length: times }, () => crossing(checkedBoundary, { service: 's1', workload: uid, ok }));
  const routes = (uid: string, generation = 1, operation: 'read' | 'write' = 'read'): Moment =>
    crossing(routedBoundary, { service: 's1', name: 'orders', operation, workload: uid, generation });
  const published = publishes(1, 1, 'a', 'b', 'c');
  const { unhealthyChecks } = defaultDesign;

  test('who has failed as many checks as it takes gets no request, until it has answered half as many', () => {
    const failed = [published, ...checks('a', false, unhealthyChecks)];
    expect(judge(published, checks('a', false, unhealthyChecks - 1), routes('a'))).toBeNull();
    expect(judge(failed, routes('b'), routes('a'))).toMatch(
      /script sends a request for orders to a, which its own checks have found dead/,
    );
    expect(judge(failed, checks('a', true, 2), routes('a'))).toBeNull();
    expect(judge(failed, checks('a', true, 1), routes('a'))).toMatch(/to a, which its own checks have found dead/);
  });

  test('but it does when more look dead than may be left out, and when it was not published for a while', () => {
    const dead = checks('a', false, unhealthyChecks);
    expect(judge(published, dead, checks('b', false, unhealthyChecks), routes('a'))).toBeNull();
    expect(judge(published, dead, publishes(2, 2, 'b', 'c'), publishes(3, 3, 'a', 'b', 'c'), routes('a', 3))).toBeNull();
  });

  test('a write of a service with a primary goes to whoever that is', () => {
    const office = {
      ...endpoints('a', 'b', 'c'),
      spec: { ...(endpoints('a', 'b', 'c') as { spec: object }).spec, mode: 'primary' },
    };
    const moments = [applies(1, writes(office as Resource)), ...checks('a', false, unhealthyChecks)];
    expect(judge(moments, routes('a', 1, 'write'))).toBeNull();
    expect(judge(moments, routes('a'))).toMatch(/to a, which its own checks have found dead/);
  });

  test('nobody who looks alive is passed over', () => {
    expect(judge(published, routes('a'), routes('b'), routes('c'), routes('a'))).toBeNull();
    expect(judge(published, routes('a'), routes('b'), routes('a'))).toMatch(
      /script passes over c with its requests for orders, although its own checks find it alive/,
    );
    // Whose turn it is may change whenever somebody is left out, or published.
    expect(judge(published, routes('a'), routes('b'), checks('c', false, unhealthyChecks), routes('a'), routes('b'))).toBeNull();
    expect(judge(published, routes('a'), routes('b'), publishes(2, 2, 'a', 'b', 'c'), routes('a', 2), routes('b', 2))).toBeNull();
  });

  test('a verdict that forgets what was published, or shown by a gateway, is found from scratch', () => {
    const moments = [published, ...checks('a', false, unhealthyChecks), routes('a')];
    for (const table of ['published', 'lives'])
      expect(() => judged(play(forgetful(routedByHealth(journalOf, defaultDesign), table), moments))).toThrow(
        /^step by step: fine; from scratch: script sends a request for orders to a/,
      );
  });
});

type Timed = readonly [number, Moment];

/** Gateways that play moments at their times, for what is judged by how long something has stood. */
function at(property: Property, moments: readonly Timed[], others: readonly (readonly Timed[])[] = [[], []]): Run {
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    build: (world) => {
      for (const [position, own] of [moments, ...others].entries()) {
        world.process({
          name: `gateway-${position}`,
          region: 'east',
          boot: (os) => ({ start: () => void os.spawn('script', script(os, own)) }),
        });
      }
    },
    faults: [],
    properties: [property],
    healAtUs: seconds(30),
    endUs: seconds(31),
    keepEvidence: true,
  });
  run.advance();
  return run;
}

function* script(os: Os, moments: readonly Timed[]): Co<void> {
  for (const [atUs, moment] of moments) {
    yield* os.sleep(Math.max(1, atUs - os.monotonicUs()));
    moment(os);
  }
}

describe('endpoints never empty', () => {
  const service: Resource = {
    kind: 'Service',
    metadata: metadata('orders', { uid: 's1' }),
    spec: { deployment: 'orders', mode: 'balanced' },
    status: { plan: 0 },
  };
  const deployment: Resource = {
    kind: 'Deployment',
    metadata: metadata('orders', { uid: 'd1' }),
    spec: { replicas: 1, image: 'a', maxSurge: 1, maxUnavailable: 0, paused: false, identity: 'none' },
    status: { observedGeneration: 1, updatedReplicas: 1, readyReplicas: 1, history: [], provisioned: null },
  };
  const begun = [service, deployment, workload('a'), endpoints('a')].map(
    (object, index) => [ms(index + 1), applies(index + 1, writes(object))] as const,
  );
  const emptied = (atUs: number, index: number): Timed => [atUs, applies(index, writes(endpoints()))];
  const judge = (moments: readonly Timed[]): string | null => judged(at(endpointsNeverEmpty(journalOf), moments));

  test('they may while the news of a workload is young, or when it is not ready', () => {
    expect(judge([...begun, emptied(seconds(2), 5)])).toBeNull();
    expect(judge([...begun, [seconds(8), applies(5, writes(workload('a', false)))], emptied(seconds(8.5), 6)])).toBeNull();
  });

  test('they may not when one has been ready for long', () => {
    expect(judge([...begun, emptied(seconds(8), 5)])).toMatch(/endpoints of orders became empty although a on node-east-1/);
  });
});

describe('failover justified', () => {
  const named = [applies(1, writes(workload('a'))), applies(2, writes(primary(1, 1, 'a', ['a', 'b'])))].map(
    (moment, index) => [ms(index + 1), moment] as const,
  );
  const vacatedAt = (atUs: number, index: number): Timed => [atUs, applies(index, writes(primary(1, 1, '', ['a', 'b'])))];
  const vacated = vacatedAt(seconds(20), 3);
  const checks = (ok: boolean, uid = 'a'): readonly Timed[] =>
    Array.from({ length: 19 }, (_, n) => [seconds(n + 1), crossing(checkedBoundary, { service: 's1', workload: uid, ok })]);
  const both = [...checks(false), ...checks(false, 'b')].sort(([a], [b]) => a - b);
  const judge = (...views: readonly boolean[]): string | null => {
    const [own = false, ...others] = views;
    return judged(
      at(
        failoverJustified(journalOf, defaultDesign),
        [...named, ...checks(own), vacated],
        others.map((ok) => checks(ok)),
      ),
    );
  };

  test('who looks dead from most places may be replaced, and who looks alive may not', () => {
    expect(judge(false, false, true)).toBeNull();
    expect(judge(true, false, false)).toBeNull();
    expect(judge(true, true, false)).toMatch(
      /a on node-east-1 lost the office of orders under epoch 1, although gateway-0 and gateway-1 have long found it alive/,
    );
  });

  test('who was deleted may lose it at once, and whoever else has just got it may not', () => {
    const deleted: Resource = { ...workload('a', false), metadata: metadata('a', { uid: 'a', deletionUs: 1 }) };
    const early = (...before: readonly Timed[]): string | null =>
      judged(at(failoverJustified(journalOf, defaultDesign), [...named, ...before, vacatedAt(seconds(3), 3 + before.length)]));
    expect(early([seconds(2), applies(3, writes(deleted))])).toBeNull();
    expect(early([seconds(2), applies(3, writes(workload('a', false)))])).toMatch(
      /a on node-east-1 lost the office of orders under epoch 1 2998000 µs after it had got it/,
    );
  });

  test('it is not taken away while all who could follow have long looked dead', () => {
    expect(judged(at(failoverJustified(journalOf, defaultDesign), [...named, ...both, vacated], [both, checks(true)]))).toMatch(
      /although all who follow, b, have long looked dead as well/,
    );
    expect(
      judged(at(failoverJustified(journalOf, defaultDesign), [...named, ...both, vacated], [checks(false), checks(false)])),
    ).toBeNull();
  });
});
