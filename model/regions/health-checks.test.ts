import { expect, test } from 'vitest';
import { Channels, createRun, ms, RpcServer, seconds, threeRegions, type Boot } from '../../sim/index.ts';
import type { Endpoints } from '../api/resources/index.ts';
import { metadata } from '../api/testing/objects.ts';
import { noDefects, type DefectSet } from '../defect.ts';
import { defaultDesign } from '../design.ts';
import { HealthChecks } from './health-checks.ts';
import { Routes } from './routes.ts';
import { healthMethod } from './serving/methods.ts';

const WORKLOADS = ['w1', 'w2', 'w3', 'w4'];
const design = { ...defaultDesign, healthCheckUs: ms(1_000), healthTimeoutUs: ms(400), unhealthyChecks: 3, ejectPercentMax: 50 };

const endpointsOf = (name: string, service: string): Endpoints => ({
  kind: 'Endpoints',
  metadata: metadata(name),
  spec: { service, mode: 'balanced', backends: WORKLOADS.map((workload) => ({ workload, node: 'node', region: 'east' })) },
  status: {},
});

/**
 * Which workloads are used at the end of each second, when those of `sick` do not serve from the third
 * second on, for `sickChecks` checks of each service; with `others` beside it, which have the same backends.
 */
function used(
  sick: readonly string[],
  sickChecks: number,
  { defects = noDefects, others = [] }: { readonly defects?: DefectSet; readonly others?: readonly string[] } = {},
): readonly string[] {
  const seen: string[] = [];
  const askedOf = new Map<string, number>();
  const node: Boot = () => {
    const server = new RpcServer();
    server.handle(healthMethod, ({ service, workloads }, reply) => {
      const asked = (askedOf.get(service) ?? 0) + 1;
      askedOf.set(service, asked);
      const isSick = asked > 3 && asked <= 3 + sickChecks;
      reply.ok({
        serving: workloads.map((workload) => !(isSick && sick.includes(workload))),
        sequences: workloads.map(() => asked),
      });
    });
    return { start: () => undefined, accept: (connection) => server.accept(connection) };
  };
  const looker: Boot = (os) => {
    const routes = new Routes(os);
    const checks = new HealthChecks(os, design, defects, routes, new Channels(os));
    return {
      start() {
        routes.set(endpointsOf('web', 'u1'), null);
        for (const other of others) routes.set(endpointsOf(other, `of ${other}`), null);
        os.spawn('check', checks.run());
        os.spawn(
          'look',
          (function* () {
            yield* os.sleep(ms(900));
            for (;;) {
              const [route] = routes.all();
              if (route !== undefined)
                seen.push(
                  checks
                    .usable(route)
                    .map(({ workload }) => workload)
                    .join(' '),
                );
              yield* os.sleep(seconds(1));
            }
          })(),
        );
      },
    };
  };
  createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties: [],
    healAtUs: seconds(14),
    endUs: seconds(15),
    build: (world) => {
      world.process({ name: 'node', region: 'east', boot: node });
      world.process({ name: 'gateway', region: 'east', boot: looker });
    },
  }).advance();
  return seen;
}

const all = WORKLOADS.join(' ');

test('a backend is left out after three failed checks in a row, and comes back after two good ones', () => {
  const seen = used(['w2'], 5);
  const without = seen.indexOf('w1 w3 w4');
  expect(seen.slice(0, 5)).toEqual([all, all, all, all, all]);
  expect(without).toBeGreaterThan(4);
  expect(seen.slice(without).indexOf(all)).toBeGreaterThan(2);
  expect(seen.at(-1)).toBe(all);
});

test('one failed check, or two, cost nobody his place', () => {
  expect(new Set(used(['w2'], 2))).toEqual(new Set([all]));
});

test('a check of one service says nothing of another that has the same backends', () => {
  expect(new Set(used(['w2'], 2, { others: ['shop'] }))).toEqual(new Set([all]));
});

test('when more look dead than may be left out, all are used: it is rather the one who looks', () => {
  expect(used(['w1', 'w2'], 20).at(-1)).toBe('w3 w4');
  expect(used(['w1', 'w2', 'w3'], 20).at(-1)).toBe(all);
});

test('defect eject-without-cap: the first failed check is enough, and all may go', () => {
  expect(used(WORKLOADS, 20, { defects: new Set(['eject-without-cap']) }).at(-1)).toBe('');
});

test('defect dead-backends-not-ejected: who has failed keeps its share', () => {
  expect(new Set(used(['w2'], 20, { defects: new Set(['dead-backends-not-ejected']) }))).toEqual(new Set([all]));
});

test('defect never-readmitted: who was left out stays left out', () => {
  expect(used(['w2'], 5, { defects: new Set(['never-readmitted']) }).at(-1)).toBe('w1 w3 w4');
});
