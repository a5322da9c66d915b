import { describe, expect, test } from 'vitest';
import { createRun, type Observer, type Property, type Run } from '../../sim/index.ts';
import type { Scenario } from '../define-scenario.ts';
import { plan, runSpec } from '../run-spec.ts';
import { catalogue } from './index.ts';

interface Options {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly defects?: readonly string[];
  readonly keepEvidence?: boolean;
  readonly choose?: (properties: readonly Property[]) => readonly Property[];
}

function make({ scenario, seed, defects = [], keepEvidence = false, choose = (all) => all }: Options): Run {
  const spec = runSpec(scenario, plan({ scenario, seed, defects }));
  return createRun({ ...spec, properties: choose(spec.properties), keepEvidence });
}

function find(name: string): Scenario {
  const scenario = catalogue.find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return scenario;
}

/** What went wrong, or `ok`. */
function outcome(run: Run): string {
  const verdict = run.advance();
  const { violation, failure } = run;
  return verdict === 'ok' ? 'ok' : `${verdict}: ${violation?.property ?? failure?.process}: ${violation?.message ?? failure?.message}`;
}

const SEEDS = [1, 2, 3];

describe('the healthy platform passes', () => {
  test.each(catalogue)('$name', (scenario) => {
    for (const seed of SEEDS) expect(`seed ${seed}: ${outcome(make({ scenario, seed }))}`).toBe(`seed ${seed}: ok`);
  });
});

/** Each defect with the scenario in which its property sees it, and within how many seeds. */
const caught = [
  { defect: 'no-fencing', property: 'platform/single-active', scenario: 'pause-the-leader', seeds: 20 },
  { defect: 'no-fencing', property: 'platform/no-stale-side-effects', scenario: 'old-leader-resumes', seeds: 20 },
  { defect: 'ack-before-commit', property: 'platform/no-lost-write', scenario: 'drop-acknowledgements', seeds: 1 },
  { defect: 'stale-list-on-restart', property: 'platform/ordered-observation', scenario: 'controller-restarts', seeds: 15 },
  { defect: 'fresh-operation-ids', property: 'platform/safe-replay', scenario: 'crash-after-external-call', seeds: 10 },
  { defect: 'serve-local-reads', property: 'platform/quorum-loss', scenario: 'quorum-loss', seeds: 10 },
  { defect: 'no-resync-after-gap', property: 'platform/converges', scenario: 'compaction-gap', seeds: 15 },
] as const;

describe('a defect is caught by its property, where the healthy platform passes the same seeds', () => {
  test.each(caught)('$defect by $property in $scenario within $seeds seeds', ({ defect, property, scenario: name, seeds }) => {
    const scenario = find(name);
    const choose = (all: readonly Property[]): readonly Property[] => all.filter(({ id }) => id === property);
    for (let seed = 1; seed <= seeds; seed++) {
      expect(`seed ${seed}: ${outcome(make({ scenario, seed, choose }))}`).toBe(`seed ${seed}: ok`);
      const run = make({ scenario, seed, choose, defects: [defect], keepEvidence: true });
      if (run.advance() === 'ok') continue;
      expect(run.violation?.property).toBe(property);
      return;
    }
    expect.unreachable(`not caught within ${seeds} seeds`);
  });
});

describe('an invariant judged step by step and judged from scratch', () => {
  test.each(caught.filter(({ property }) => property !== 'platform/converges'))('agree on $property under $defect', ({ defect, property, scenario: name, seeds }) => {
    const choose = (all: readonly Property[]): readonly Property[] => all.filter(({ id }) => id === property);
    let broken = 0;
    for (let seed = 1; seed <= seeds && broken === 0; seed++) {
      const run = make({ scenario: find(name), seed, choose, defects: [defect], keepEvidence: true });
      run.advance();
      const [check] = run.fullChecks();
      expect(check?.property).toBe(property);
      expect(check?.broken !== null).toBe(run.violation !== null);
      if (check?.broken !== null) broken++;
    }
    expect(broken).toBe(1);
  });

  test.each(['old-leader-resumes', 'quorum-loss', 'controller-restarts'])('agree that %s is survived', (name) => {
    const run = make({ scenario: find(name), seed: 4, keepEvidence: true });
    expect(outcome(run)).toBe('ok');
    for (const { property, broken } of run.fullChecks()) expect(`${property}: ${broken}`).toBe(`${property}: null`);
  });
});

describe('a run of the platform', () => {
  test('has the same digest with all observers off', () => {
    const scenario = find('restart-leaders');
    const watched = make({ scenario, seed: 5 });
    watched.advance(6_000);
    const unwatched = make({ scenario, seed: 5, choose: () => [] });
    unwatched.advance(6_000);
    expect(unwatched.digest).toBe(watched.digest);
  });

  test('is the same when made a second time, and another with another seed', () => {
    const [first, again, other] = [7, 7, 8].map((seed) => {
      const run = make({ scenario: find('pause-the-leader'), seed });
      run.advance();
      return `${run.digest} ${run.step}`;
    });
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('never changes a message after it was sent, or what it wrote to disk', () => {
    const freezer: Observer = {
      sent: (_from, _to, _kind, body) => freeze(body),
      durable: (_process, _file, _first, records) => freeze(records),
    };
    for (const name of ['restart-leaders', 'region-loss', 'compaction-gap']) {
      const scenario = find(name);
      const frozen = make({ scenario, seed: 6 });
      frozen.observe(freezer);
      expect(outcome(frozen)).toBe('ok');
      const free = make({ scenario, seed: 6 });
      free.advance();
      expect(frozen.digest).toBe(free.digest);
    }
  });
});

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}

test('the scenarios together bring the platform into every situation that it must be seen in', () => {
  const scenarios = ['pause-the-leader', 'restart-leaders', 'compaction-gap', 'crash-after-external-call', 'quorum-loss', 'region-loss'];
  const hits = new Set<string>();
  const probes = new Set<string>();
  for (const name of scenarios) {
    for (let seed = 1; seed <= 8; seed++) {
      const run = make({
        scenario: find(name),
        seed,
        choose: (all) => all.filter(({ id, kind }) => kind === 'sometimes' && id.startsWith('platform/')),
      });
      for (const { id } of run.spec.properties) probes.add(id);
      run.advance();
      for (const hit of run.hits) hits.add(hit);
    }
  }
  expect([...hits].sort()).toEqual([...probes].sort());
  expect(probes.size).toBe(10);
});
