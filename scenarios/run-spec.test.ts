import { describe, expect, test } from 'vitest';
import type { AnyIntent } from '../model/intent.ts';
import { createRun, InputError, ms, seconds, type Fault, type Property, type Run } from '../sim/index.ts';
import { defineScenario } from './define-scenario.ts';
import { allProperties } from './properties.ts';
import { plan, runSpec, type Plan } from './run-spec.ts';

const scenario = defineScenario({
  name: 'short',
  title: 'a member of the store crashes',
  healAtUs: seconds(2),
  endUs: seconds(4),
  faults: (draw) => [{ at: ms(draw.stream('faults').between(500, 1_500)), do: 'crash', target: 'store-*', for: ms(100) }],
});

function digestOf(chosen: Plan, upTo = 2_000): string {
  const run = createRun(runSpec(scenario, chosen));
  run.advance(upTo);
  return run.digest;
}

describe('a plan', () => {
  test('is drawn from the seed alone', () => {
    expect(plan({ scenario, seed: 3 })).toEqual(plan({ scenario, seed: 3 }));
    expect(plan({ scenario, seed: 3 }).faults).not.toEqual(plan({ scenario, seed: 4 }).faults);
    expect(plan({ scenario, seed: 3 }).workload).not.toEqual(plan({ scenario, seed: 4 }).workload);
  });

  test('gives the same run after a journey through JSON, whatever the order of its fields', () => {
    const drawn = plan({ scenario, seed: 3 });
    const travelled = JSON.parse(JSON.stringify(drawn)) as Plan;
    const reversed = {
      ...travelled,
      faults: travelled.faults.map(fieldsReversed),
      workload: travelled.workload.map(fieldsReversed),
    };
    expect(digestOf(travelled)).toBe(digestOf(drawn));
    expect(digestOf(reversed)).toBe(digestOf(drawn));
  });

  test('takes its design from the scenario, and what was asked for over that', () => {
    const own = { ...scenario, design: { storeMembers: 3, keepRevisions: 7 } as const };
    const { design } = plan({ scenario: own, seed: 1, design: { storeMembers: 7 } });
    expect(design).toMatchObject({ storeMembers: 7, keepRevisions: 7, fencing: true });
  });

  test('has no fault that would begin when all are over: drawn, it is left out; written, it is refused', () => {
    const late: Fault = { at: seconds(2), do: 'crash', target: 'store-*' };
    const early: Fault = { ...late, at: seconds(1) };
    expect(plan({ scenario: { ...scenario, faults: () => [early, late] }, seed: 1 }).faults).toEqual([early]);
    expect(() => defineScenario({ ...scenario, faults: [early, late] })).toThrow(
      /^faults\[1\]\.at: all faults are over from healAt on/,
    );
  });

  test.each(['design', 'topology', 'workload', 'faults'])(
    'whose %s asks chance or the clock is refused by that field',
    (field) => {
      const asking = (ask: () => unknown) => (): unknown => plan({ scenario: { ...scenario, [field]: ask }, seed: 1 });
      expect(asking(() => [{ at: Math.random() }])).toThrow(
        `${field}: Math.random was used: nothing but the seed may decide (what is drawn comes from draw.stream)`,
      );
      expect(asking(() => [{ at: Date.now() }])).toThrow(InputError);
    },
  );

  test.each([-1, 0.5, 2 ** 53, Number.NaN])('has no seed %d', (seed) => {
    expect(() => plan({ scenario, seed })).toThrow(/^seed: /);
  });
});

describe('a run', () => {
  test("is judged by the platform's properties and the scenario's own, or by those alone", () => {
    const own = { id: 'my/own', kind: 'always', title: 'mine', monitor: () => ({}) } as const;
    const chosen = plan({ scenario, seed: 1 });
    const ids = (options: object): string[] =>
      runSpec({ ...scenario, properties: [own], ...options }, chosen).properties.map(({ id }) => id);
    expect(ids({})).toEqual([...allProperties().map(({ id }) => id), 'my/own']);
    expect(ids({ onlyTheseProperties: true })).toEqual(['my/own']);
  });

  test('is refused when an intent is for a client that its world has not', () => {
    const own = defineScenario<AnyIntent>({
      name: 'own',
      title: 'a world with one client',
      healAtUs: seconds(1),
      endUs: seconds(2),
      workload: ['me', 'mee'].map((client) => ({ at: 0, client, operation: 'sing', arguments: {} })),
      build: (world) => world.process({ name: 'me', region: 'east', boot: () => ({ start: () => undefined }) }),
    });
    expect(() => createRun(runSpec(own, plan({ scenario: own, seed: 1 })))).toThrow(
      'workload[1].client: no process is called "mee"; did you mean "me"?',
    );
  });

  test('has no properties that ask chance or the clock', () => {
    const properties = (): never[] => (Math.random() < 2 ? [] : []);
    expect(() => runSpec({ ...scenario, properties }, plan({ scenario, seed: 1 }))).toThrow(/^properties: Math\.random was used/);
  });

  test('has no property by the name of another, of the platform or its own', () => {
    const own = { id: 'my/own', kind: 'always', title: 'mine', monitor: () => ({}) } as const;
    const count = { ...own, id: 'platform/count' };
    const built = (properties: readonly Property[], onlyTheseProperties = false) => {
      const judged = { ...scenario, properties, onlyTheseProperties };
      return (): Run => createRun(runSpec(judged, plan({ scenario: judged, seed: 1 })));
    };
    expect(built([count])).toThrow('properties: two are called "platform/count"');
    expect(built([own, own])).toThrow('properties: two are called "my/own"');
    expect(built([own, count], true)).not.toThrow();
  });

  test('has defects switched on by name', () => {
    let seen: ReadonlySet<string> = new Set();
    const watched = {
      ...scenario,
      faults: [],
      build: (_world: unknown, setup: { readonly defects: ReadonlySet<string> }) => void (seen = setup.defects),
    };
    createRun(runSpec(watched, plan({ scenario: watched, seed: 1, defects: ['no-fencing'] })));
    expect([...seen]).toEqual(['no-fencing']);
  });
});

function fieldsReversed<T extends Fault | Plan['workload'][number]>(value: T): T {
  return Object.fromEntries(Object.entries(value).reverse()) as T;
}
