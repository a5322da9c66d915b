import { afterEach, describe, expect, test, vi } from 'vitest';
import { kind, ms, seconds, type Property } from '../sim/index.ts';
import { defineScenario, type Scenario } from './define-scenario.ts';
import { repeat, simulate, SimulationError, type SimulateOptions } from './vitest.ts';

const hop = kind<number>('test/hop');

/** Fails for seeds that the given number divides; seeds it does not divide are seen by a probe. */
function failsFor(divisor: number, trouble: 'violates' | 'throws' = 'violates'): Scenario {
  const property: Property = {
    id: 'test/claim',
    kind: 'always',
    title: 'no large hop',
    monitor: (report) => ({
      stepped(event) {
        if (event.kind === hop && event.body === 99) report.violated('a large hop');
      },
    }),
  };
  const probe: Property = {
    id: 'test/seen',
    kind: 'sometimes',
    title: 'seen',
    monitor: (report) => ({ stepped: () => report.hit() }),
  };
  return defineScenario({
    name: 'hops',
    title: 'one process',
    healAtUs: seconds(1),
    endUs: seconds(2),
    onlyTheseProperties: true,
    properties: [property, probe],
    build(world, { seed }) {
      const boot = (os: { send(to: string, what: typeof hop, body: number): void }): { start(): void; receive(): void } => ({
        start: () => os.send('b', hop, seed % divisor === 0 ? 99 : 1),
        receive: () => undefined,
      });
      world.process({ name: 'b', region: 'east', boot: () => ({ start: () => undefined, receive: () => undefined }) });
      world.process({
        name: 'a',
        region: 'east',
        boot: (os) =>
          trouble === 'violates'
            ? boot(os)
            : {
                start: () =>
                  void os.after(ms(1), kind<null>('test/trap'), () => {
                    throw new Error('my mistake');
                  }),
              },
      });
    },
  });
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('simulate', () => {
  test('refuses what is no scenario, rather than run it without an end', async () => {
    await expect(simulate({} as Scenario, { seeds: 1 })).rejects.toThrow('name: "undefined" should be lower-case words');
    await expect(simulate({ default: failsFor(2) } as unknown as Scenario, { seeds: 1 })).rejects.toThrow(
      'this is a module, not a scenario: import its default export',
    );
  });

  test('says what it wants when it is not told how many seeds', async () => {
    const asked = { seed: 3 } as unknown as SimulateOptions;
    await expect(simulate(failsFor(2), asked)).rejects.toThrow(
      'seeds: undefined: should be how many, or the first and the last: simulate(scenario, { seeds: 200 })',
    );
  });

  test('runs every seed, and says what it saw', async () => {
    const { runs, events, hits } = await simulate(failsFor(1_000), { seeds: 25 });
    expect(runs).toBe(25);
    expect(events).toBeGreaterThan(25);
    expect([...hits]).toEqual(['test/seen']);
  });

  test('fails at the first seed that fails, with property, seed and command', async () => {
    const failure = await caught(simulate(failsFor(7), { seeds: 25 }));
    expect(failure).toMatchObject({ seed: 7, property: 'test/claim', scenario: 'hops' });
    expect(failure.message.split('\n')).toEqual([
      'hops, seed 7: violation',
      expect.stringMatching(/^test\/claim \(always\) at step \d+, 0\.\d+ s: a large hop$/),
      'reproduce with:',
      "QUORATE_SEED=7 npx vitest run scenarios/vitest.test.ts -t '^simulate fails at the first seed that fails, with property, seed and command$'",
    ]);
  });

  test('runs one seed alone when the environment names it', async () => {
    vi.stubEnv('QUORATE_SEED', '14');
    expect(await caught(simulate(failsFor(7), { seeds: 3 }))).toMatchObject({ seed: 14 });
  });

  test('runs all its seeds when the variable in the environment is set to nothing', async () => {
    vi.stubEnv('QUORATE_SEED', '');
    expect((await simulate(failsFor(1_000), { seeds: 3 })).runs).toBe(3);
  });

  test.each([' ', '1..5', '0x10', '-1', '1e3', '9007199254740993'])(
    'refuses "%s" as the seed that the environment names',
    async (text) => {
      vi.stubEnv('QUORATE_SEED', text);
      await expect(simulate(failsFor(1_000), { seeds: 3 })).rejects.toThrow(
        `QUORATE_SEED="${text}": should be one seed, an integer from 0 to 2^53-1, or not set at all`,
      );
    },
  );

  test('runs a range of seeds', async () => {
    expect((await simulate(failsFor(7), { seeds: [8, 13] })).runs).toBe(6);
    expect(await caught(simulate(failsFor(7), { seeds: [8, 20] }))).toMatchObject({ seed: 14 });
  });

  test('hands on what a program threw', async () => {
    const failure = await caught(simulate(failsFor(1, 'throws'), { seeds: 1 }));
    expect(failure).toMatchObject({ seed: 1, property: null, cause: new Error('my mistake') });
    expect(failure.message).toContain('a at step');
  });

  test.each([0, -1, 0.5, Number.NaN])('refuses to run %d seeds', async (seeds) => {
    await expect(simulate(failsFor(7), { seeds })).rejects.toThrow(/^seeds: /);
  });

  test('ends between two seeds when its signal says so', async () => {
    await expect(simulate(failsFor(1_000), { seeds: 1_000_000, signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/i);
  });
});

async function caught(run: Promise<unknown>): Promise<SimulationError> {
  const failure: unknown = await run.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(failure instanceof SimulationError)) throw new Error('it did not fail', { cause: failure });
  return failure;
}

describe('repeat', () => {
  const run = { seed: 7, faults: [], workload: [], healAtUs: seconds(1), endUs: seconds(2) };
  const waits: Property = {
    id: 'test/goal',
    kind: 'eventually',
    title: 'never',
    monitor: () => ({ pending: () => 'the impossible' }),
  };
  const idle = defineScenario({
    name: 'idle',
    title: 'nothing happens',
    healAtUs: 0,
    endUs: 1,
    onlyTheseProperties: true,
    properties: [waits],
    build: (world) => world.process({ name: 'a', region: 'east', boot: () => ({ start: () => undefined }) }),
  });

  test('fails as long as the run fails, and passes when it does not any more', async () => {
    const failure = await caught(repeat(failsFor(7), { ...run, property: 'test/claim' }));
    expect(failure).toMatchObject({ seed: 7, property: 'test/claim', scenario: 'hops' });
    expect(failure.message).toMatch(/reproduce with:\nnpx vitest run scenarios\/vitest\.test\.ts -t '\^repeat fails as long/);
    await repeat(failsFor(8), { ...run, property: 'test/claim' });
  });

  test('fails when a program throws', async () => {
    expect(await caught(repeat(failsFor(7, 'throws'), run))).toMatchObject({ property: null });
  });

  test('asks for the goal that it names, and for no other', async () => {
    expect(await caught(repeat(idle, { ...run, property: 'test/goal' }))).toMatchObject({ property: 'test/goal' });
    await repeat(idle, { ...run, property: 'test/other' });
  });

  test('takes a scenario of the catalogue by its name', async () => {
    await expect(repeat('no-such-scenario', run)).rejects.toThrow('no scenario of the catalogue is called "no-such-scenario"');
  });
});
