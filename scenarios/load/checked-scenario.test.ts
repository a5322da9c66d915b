import { describe, expect, test } from 'vitest';
import { buildPlatform } from '../../model/platform.ts';
import { createRun } from '../../sim/index.ts';
import { catalogue } from '../catalogue/index.ts';
import { defineScenario } from '../define-scenario.ts';
import { plan, runSpec } from '../run-spec.ts';
import { checkedScenario } from './checked-scenario.ts';

const declare = {
  at: 2_000_000,
  client: 'operator-1',
  operation: 'declare',
  arguments: { name: 'web', replicas: 2, image: 'app' },
};
const healthy = { name: 'mine', title: 'mine', healAtUs: 6_000_000, endUs: 30_000_000 };

/** As JavaScript has it: no compiler has seen it. */
function drawn(fields: object): unknown {
  return plan({ scenario: checkedScenario(defineScenario({ ...healthy, ...fields })), seed: 1 });
}

type Mistake = readonly [field: string, value: unknown, message: string];

const mistakes: readonly Mistake[] = [
  ['workload', [{ ...declare, operation: 'nope' }], 'workload[0].operation: no operation is called "nope"'],
  [
    'workload',
    [{ ...declare, client: 'operator-9' }],
    'workload[0].client: no operator is called "operator-9"; did you mean "operator-1"?',
  ],
  ['workload', [{ ...declare, arguments: {} }], 'workload[0].arguments: "name" is missing'],
  [
    'workload',
    [{ at: 1, client: 'group-operator', operation: 'member-replace', arguments: {} }],
    'workload[0].arguments: "draw" is missing',
  ],
  ['workload', [{ ...declare, at: NaN }], 'workload[0].at: should be a number'],
  ['workload', [{ ...declare, at: Infinity }], 'workload[0].at: should be a finite number'],
  ['faults', [{ at: NaN, do: 'pause', target: 'store-east-1' }], 'faults[0].at: should be a number'],
  ['faults', [{ at: 1, do: 'pauze', target: 'store-east-1' }], 'faults[0].do: no fault is called "pauze"; did you mean "pause"?'],
  [
    'faults',
    [{ at: 1, do: 'pause', target: 'store-east-1', fro: 5 }],
    'faults[0]: the fault "pause" has no field "fro"; did you mean "for"?',
  ],
  ['faults', 5, 'faults: should be a list'],
  ['properties', [{ id: 'my/x' }], 'properties[0]: "kind" is missing'],
  ...['my id', 'x', 'my/own/x', '/x'].map((id): Mistake => [
    'properties',
    [{ id, kind: 'always', monitor: () => ({}) }],
    `properties[0].id: "${id}" should be its layer and its name, such as my/no-leftovers`,
  ]),
  ['properties', [{ id: 'my/x', kind: 'always', monitor: 5 }], 'properties[0].monitor: should be a function'],
  ['design', { storeMembers: -5 }, 'design.storeMembers: should be 3, 5 or 7'],
  ['design', { fencin: true }, 'design: a design has no field "fencin"; did you mean "fencing"?'],
  ['topology', { regions: [] }, 'topology.regions: should be at least 1'],
];

describe('a scenario in code', () => {
  test.each(mistakes)('of which the %s is %j is refused by name, as a declarative one is', (field, value, message) => {
    expect(() => drawn({ [field]: value })).toThrow(message);
  });

  test.each(mistakes.filter(([field]) => field !== 'properties'))(
    'of which the %s is drawn as %j is refused when it is drawn',
    (field, value, message) => {
      expect(() => drawn({ [field]: () => value })).toThrow(message);
    },
  );

  test('with a field that there is not is refused, with the nearest', () => {
    expect(() => drawn({ worklaod: [] })).toThrow('a scenario has no field "worklaod"; did you mean "workload"?');
  });

  test('whose design contradicts itself is refused', () => {
    expect(() => drawn({ design: { renewDeadlineUs: 60_000_000 } })).toThrow(
      'design: renewDeadlineUs should be shorter than leaseDurationUs',
    );
  });

  test('with clients of its own may tell them what it likes', () => {
    expect(
      drawn({ build: () => undefined, workload: [{ at: 1, client: 'me', operation: 'sing', arguments: {} }] }),
    ).toMatchObject({ workload: [{ operation: 'sing' }] });
    expect(() =>
      drawn({ build: () => undefined, workload: [{ at: 1.5, client: 'me', operation: 'sing', arguments: {} }] }),
    ).toThrow('workload[0].at: should be a whole number');
  });

  test.each(mistakes.filter(([field]) => field === 'workload'))(
    'that builds a world of its own around the platform is checked as the platform is: %s %j',
    (_field, workload, message) => {
      const run = (): unknown => {
        const scenario = checkedScenario(
          defineScenario({
            ...healthy,
            build: (world, setup) => buildPlatform(world, setup),
            ...({ workload } as object),
          }),
        );
        return createRun(runSpec(scenario, plan({ scenario, seed: 1 })));
      };
      expect(run).toThrow(message.replace('no operator is', 'no process is'));
    },
  );

  test('may leave a field of a fault undefined', () => {
    expect(() => drawn({ faults: [{ at: 1, do: 'pause', target: 'store-east-1', for: undefined }] })).not.toThrow();
  });

  test.each(catalogue.map((scenario) => [scenario.name, scenario] as const))('of the catalogue passes: %s', (_name, scenario) => {
    expect(plan({ scenario: checkedScenario(scenario), seed: 1 })).toEqual(plan({ scenario, seed: 1 }));
  });
});

test('a fault that is drawn at no time at all is not left out', () => {
  const scenario = defineScenario({ ...healthy, faults: () => [{ at: NaN, do: 'pause', target: 'store-east-1' }] });
  expect(plan({ scenario, seed: 1 }).faults).toHaveLength(1);
});
