import { describe, expect, test } from 'vitest';
import { createRun, type Fault } from '../../sim/index.ts';
import { apiStorm } from '../catalogue/api-storm.ts';
import { steady } from '../catalogue/steady.ts';
import type { Scenario } from '../define-scenario.ts';
import { runSpec } from '../run-spec.ts';
import { watchStates } from './abstract-state.ts';
import { placement } from './exhaustive.ts';
import { novelty } from './novelty.ts';
import { pct } from './pct.ts';
import { random } from './random.ts';
import { Searcher } from './searcher.ts';
import { endOfGeneration, strategies, strategyOf } from './strategies.ts';
import type { Candidate, SearchSpace } from './strategy.ts';
import { unrestricted } from './unrestricted.ts';

const spaceOf = (scenario: Scenario): SearchSpace => ({ first: 100, scenarioOf: () => scenario, request: {} });
const inSteady = spaceOf(steady);

function run({ scenario, plan }: Candidate): string {
  const made = createRun(runSpec(scenario, plan));
  return `${made.advance()} ${made.violation?.message ?? ''}`.trim();
}

describe('every strategy', () => {
  test.each(strategies)(
    '$id draws the same for a seed every time, with faults in order of time that are over at the heal',
    (strategy) => {
      for (const seed of [100, 101, 131]) {
        const candidate = strategy.candidate(inSteady, seed, []);
        expect(strategy.candidate(inSteady, seed, []).plan).toEqual(candidate.plan);
        const times = candidate.plan.faults.map(({ at }) => at);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(Math.max(0, ...times)).toBeLessThan(candidate.plan.healAtUs);
      }
    },
  );

  test.each(strategies)('$id spares the healthy platform, and what is built on the API alone', (strategy) => {
    expect(run(strategy.candidate(inSteady, 103, []))).toBe('ok');
    for (const seed of [100, 104, 140]) expect(run(strategy.candidate(spaceOf(apiStorm), seed, []))).toBe('ok');
  });

  test('is known by its name', () => {
    expect(() => strategyOf('depth-first')).toThrow('no strategy is called depth-first');
  });
});

describe('priorities', () => {
  test('are delays beside the faults of the seed, drawn again at each change point', () => {
    const plain = random.candidate(inSteady, 100, []).plan;
    const added = pct
      .candidate(inSteady, 100, [])
      .plan.faults.filter((fault) => !plain.faults.some((other) => JSON.stringify(other) === JSON.stringify(fault)));
    expect(new Set(added.map((fault) => fault.do))).toEqual(new Set(['delay']));
    const moments = new Set(added.map(({ at }) => at));
    expect(moments.size).toBeGreaterThanOrEqual(2);
    expect(added).toHaveLength(4 * moments.size);
  });
});

describe('small scope', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const singles = 12 * 3 * names.length;
  const healAtUs = 12_000_000;
  const name = (faults: readonly Fault[]): string => faults.map((fault) => JSON.stringify(fault)).join();

  test('every single fault of the grid comes once, then pairs of two different ones', () => {
    const all = Array.from({ length: singles }, (_, n) => placement(names, healAtUs, n));
    expect(all.every(({ length }) => length === 1)).toBe(true);
    expect(new Set(all.map(name)).size).toBe(singles);
    for (const n of [singles, singles + 1, 2 * singles - 2, 2 * singles - 1, 3 * singles]) {
      const pair = placement(names, healAtUs, n);
      expect(pair).toHaveLength(2);
      expect(new Set(pair.map((fault) => JSON.stringify(fault))).size).toBe(2);
    }
  });

  test('the first few are spread over the whole time', () => {
    const times = Array.from({ length: 12 }, (_, n) => placement(names, healAtUs, n)[0]?.at);
    expect(new Set(times).size).toBeGreaterThan(6);
  });
});

describe('unrestricted', () => {
  /** Members of the store whose copies are damaged. */
  const damaged = ({ plan }: Candidate): number =>
    new Set(
      plan.faults.flatMap((fault) =>
        (fault.do === 'rot' || fault.do === 'lose-disk') && fault.target.startsWith('store-') ? [fault.target] : [],
      ),
    ).size;
  const candidates = Array.from({ length: 60 }, (_, n) => unrestricted.candidate(inSteady, 100 + n, []));

  test('more of the store is damaged than it can spare, which no other strategy does', () => {
    expect(Math.max(...candidates.map(damaged))).toBeGreaterThan(1);
    expect(Math.max(...candidates.map((_, n) => damaged(random.candidate(inSteady, 100 + n, []))))).toBe(1);
  });

  test('a run ends with its faults, and has no goals', () => {
    const [{ scenario, plan }] = candidates as [Candidate];
    const kinds = new Set(runSpec(scenario, plan).properties.map(({ kind }) => kind));
    expect(plan.endUs).toBe(plan.healAtUs);
    expect(kinds).toEqual(new Set(['always', 'sometimes']));
  });

  test('safety holds where nothing can recover', () => {
    const hopeless = candidates.filter((candidate) => damaged(candidate) > 1);
    for (const candidate of hopeless.slice(0, 3)) expect(run(candidate)).toBe('ok');
  });
});

describe('novelty', () => {
  /** Seeds 100 … 147: three generations. */
  function search(): readonly Candidate[] {
    const searcher = new Searcher(novelty, spaceOf(apiStorm));
    return Array.from({ length: 48 }, (_, n) => {
      const candidate = searcher.candidate(100 + n);
      const made = createRun(runSpec(candidate.scenario, candidate.plan));
      const learn = searcher.watch(100 + n, candidate, made);
      expect(made.advance()).toBe('ok');
      learn();
      return candidate;
    });
  }

  test('leaves losses of disks at their times', () => {
    const faults: readonly Fault[] = [
      { at: 4_000_000, do: 'pause', target: 'store-east-1', for: 500_000 },
      { at: 5_000_000, do: 'lose-disk', target: 'store-west-1', for: 500_000 },
      { at: 6_000_000, do: 'rot', target: 'store-east-2' },
    ];
    const lesson = { seed: 100, platform: 100, scenario: steady.name, faults, seen: [1] };
    const varied = Array.from({ length: 60 }, (_, n) => novelty.candidate(inSteady, 116 + n, [lesson]).plan).filter(
      ({ seed }) => seed === 100,
    );
    const times = (kind: Fault['do']): ReadonlySet<number> =>
      new Set(varied.flatMap((plan) => plan.faults.filter((fault) => fault.do === kind).map(({ at }) => at)));
    expect(times('lose-disk')).toEqual(new Set([5_000_000]));
    expect(times('rot')).toEqual(new Set([6_000_000]));
    expect(times('pause').size).toBeGreaterThan(3);
  });

  test('begins at random, then varies the faults of what was new, and is the same when it is made again', () => {
    const first = search();
    expect(first.slice(0, 16).map(({ plan }) => plan.seed)).toEqual(Array.from({ length: 16 }, (_, n) => 100 + n));
    const varied = first.slice(16).filter(({ plan }, n) => plan.seed !== 116 + n);
    expect(varied.length).toBeGreaterThan(8);
    for (const { plan } of varied)
      expect(plan.faults).not.toEqual(random.candidate(spaceOf(apiStorm), plan.seed, []).plan.faults);
    expect(search().map(({ plan }) => plan)).toEqual(first.map(({ plan }) => plan));
  });

  test('a generation ends after as many seeds whatever the first one is', () => {
    expect([7, 22, 23].map((seed) => endOfGeneration(novelty, 7, seed))).toEqual([22, 22, 38]);
    expect(endOfGeneration(random, 7, 8)).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('whoever looks at states changes nothing, and sees several', () => {
    const { scenario, plan } = random.candidate(spaceOf(apiStorm), 100, []);
    const plain = createRun(runSpec(scenario, plan));
    const watched = createRun(runSpec(scenario, plan));
    const seen = watchStates(watched, 200_000);
    plain.advance();
    watched.advance();
    expect(watched.digest).toBe(plain.digest);
    expect(seen().length).toBeGreaterThan(10);
  });
});
