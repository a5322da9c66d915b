import { describe, expect, test } from 'vitest';
import { defaultDesign, type Design } from '../../model/design.ts';
import { seconds } from '../../sim/index.ts';
import { defects } from '../defects.ts';
import { invariants } from './invariants.ts';
import { grownOld, type Aged } from './recovery.ts';
import { matrixOf, reviewOf, type Review } from './review.ts';
import { carryOut, challenges, reviewTasks, WITNESS_SEEDS, type Challenge, type Finding, type ReviewTask } from './tasks.ts';

/** As if every task had passed, but for some; only the growing old is really run. */
function reviewWith(design: Partial<Design>, otherwise: (task: ReviewTask) => Finding | null = () => null): Review {
  const found = reviewTasks(design, { first: 1, last: 2 }).map((task) => otherwise(task) ?? well(task, design));
  return reviewOf(design, found);
}

function well(task: ReviewTask, design: Partial<Design>): Finding {
  switch (task.do) {
    case 'challenge':
      return { of: 'challenge', ...passed(task.scenario, task.seed) };
    case 'witness':
      return { of: 'witness', property: task.property, defect: 'some-defect', scenario: 'steady', seed: 3 };
    case 'unfenced':
      return { of: 'unfenced', run: null };
    case 'cut':
      return { of: 'cut', stateClass: task.stateClass, broken: [] };
    case 'age':
      return { of: 'age', ...aged(design) };
  }
}

function passed(scenario: string, seed: number): Challenge {
  return { scenario, seed, verdict: 'ok', property: null, message: null };
}

function broken(scenario: string, seed: number, property: string): Challenge {
  return { scenario, seed, verdict: 'violation', property, message: 'it broke' };
}

const known = new Map<string, Aged>();
/** Of a design whose snapshots, history or log lines differ from the default; what else differs does not show here. */
function aged({ snapshotEveryEntries, compactEveryUs, placements = {} }: Partial<Design>): Aged {
  const design = {
    ...(snapshotEveryEntries === undefined ? {} : { snapshotEveryEntries }),
    ...(compactEveryUs === undefined ? {} : { compactEveryUs }),
    ...(placements['request-logs'] === undefined ? {} : { placements }),
  };
  const id = JSON.stringify(design);
  const found = known.get(id) ?? grownOld(design);
  known.set(id, found);
  return found;
}

function failing({ points }: Review): readonly string[] {
  return points.filter(({ pass }) => !pass).map(({ id }) => id);
}

describe('what is tried', () => {
  test('every invariant is challenged by a fault that is meant for it, on every seed, and has a witness that is a defect of the catalogue', () => {
    const tasks = reviewTasks({}, { first: 5, last: 6 });
    for (const { property, witness } of invariants) {
      const own = challenges.filter((scenario) => scenario.challenges === property);
      expect(own).not.toEqual([]);
      for (const { name } of own)
        for (const seed of [5, 6]) expect(tasks).toContainEqual({ do: 'challenge', scenario: name, seed });
      expect(tasks).toContainEqual({ do: 'witness', property });
      expect(defects.map(({ id }) => id)).toContain(witness.defect);
    }
  });

  test('what stands across is cut off, and a design without fencing is searched for harm', () => {
    const tasks = reviewTasks(
      { fencing: false, placements: { leadership: 'outside', 'request-logs': 'consensus', membership: 'consensus' } },
      { first: 1, last: 1 },
    );
    expect(tasks.filter((task) => task.do === 'cut')).toEqual([
      { do: 'cut', stateClass: 'leadership', side: 'outside' },
      { do: 'cut', stateClass: 'request-logs', side: 'consensus' },
    ]);
    expect(tasks).toContainEqual({ do: 'unfenced' });
    expect(reviewTasks({}, { first: 1, last: 1 }).filter((task) => task.do === 'cut' || task.do === 'unfenced')).toEqual([]);
  });

  test.each(invariants)('$property is able to fail: it sees its witness', ({ property }) => {
    const found = carryOut({ do: 'witness', property }, {});
    expect(found).toMatchObject({ of: 'witness', property });
    expect((found as { readonly seed: number | null }).seed).toBeLessThanOrEqual(WITNESS_SEEDS);
    expect((found as { readonly seed: number | null }).seed).not.toBeNull();
  });

  test('a design without fencing is seen to let something stale through', () => {
    expect(carryOut({ do: 'unfenced' }, { fencing: false })).toMatchObject({
      run: { scenario: 'old-leader-resumes', verdict: 'violation', property: 'platform/no-stale-side-effects' },
    });
  });

  test('leadership outside is seen to split authority when regions are cut off', () => {
    const found = carryOut({ do: 'cut', stateClass: 'leadership', side: 'outside' }, {});
    expect((found as { readonly broken: readonly string[] }).broken).toContain('platform/single-active');
  });
});

describe('recovery', () => {
  test('by default, what a restart reads and what watches are kept do not grow with the age of the platform', () => {
    const { restarts } = aged({});
    const [young, old] = restarts;
    expect(restarts).toHaveLength(2);
    expect(old?.logEntries).toBeGreaterThan(2.5 * (young?.logEntries ?? 0));
    for (const { tookUs, logKept, missedEntries, changesKept, revision } of restarts) {
      expect(tookUs).toBeLessThan(seconds(2));
      expect(missedEntries).toBeGreaterThan(0);
      expect(logKept).toBeLessThanOrEqual(450);
      expect(changesKept).toBeLessThan(revision);
    }
  });

  test('without snapshots the log that a restart reads does', () => {
    const [young, old] = aged({ snapshotEveryEntries: 10_000 }).restarts;
    expect(old?.logKept).toBeGreaterThan(2.5 * (young?.logKept ?? 0));
  });
});

describe('the checklist', () => {
  test('has the seven points of the design review, and all of them hold where nothing went wrong', () => {
    const { points, boundary, matrix } = reviewWith({});
    expect(points.map(({ id, pass }) => [id, pass])).toEqual(
      ['small-metadata', 'one-story', 'resync', 'gaps-expected', 'fenced-leases', 'bounded-recovery', 'testable-claims'].map(
        (id) => [id, true],
      ),
    );
    for (const { evidence, failure } of points) expect([evidence.length > 0, failure]).toEqual([true, null]);
    expect(boundary).toHaveLength(10);
    expect(boundary.find(({ stateClass }) => stateClass === 'desired-state')).toMatchObject({
      side: 'consensus',
      usual: 'consensus',
      outsideWrites: 0,
      breaks: null,
    });
    expect(matrix.every(({ runs, cells }) => runs === 2 && cells.every((cell) => cell.isJudged && cell.broken === 0))).toBe(true);
  });

  test('bulk data in consensus is neither small nor has it a reason', () => {
    const review = reviewWith({ placements: { 'request-logs': 'consensus' } });
    expect(failing(review)).toEqual(['small-metadata', 'one-story']);
    const [small, story] = review.points;
    expect(small?.evidence.join(' ')).toMatch(/^request-logs is \d+ % of the entries and \d+ % of the bytes/);
    expect(small?.setting).toContain('placements.request-logs: consensus');
    expect(story?.evidence).toEqual([
      'request-logs stands in consensus, but logs need durable storage, not serialized decisions.',
    ]);
  });

  test('objects beyond a mebibyte are no metadata', () => {
    expect(failing(reviewWith({ maxObjectBytes: 1_048_576 }))).toEqual([]);
    expect(failing(reviewWith({ maxObjectBytes: 1_048_577 }))).toEqual(['small-metadata']);
  });

  test('authority outside has no one story, and no fencing that means anything', () => {
    const review = reviewWith({ placements: { leadership: 'outside' } }, (task) =>
      task.do === 'cut' ? { of: 'cut', stateClass: 'leadership', broken: ['platform/single-active'] } : null,
    );
    expect(failing(review)).toEqual(['one-story', 'fenced-leases']);
    expect(review.points[1]?.evidence).toEqual([
      'leadership stands outside, but split ownership can create conflicting actions; when regions were cut off, that broke platform/single-active.',
    ]);
  });

  test('endpoint intent may stand outside', () => {
    const review = reviewWith({ placements: { 'endpoint-intent': 'outside' } });
    expect(failing(review)).toEqual([]);
    expect(review.points[1]?.evidence).toContain('endpoint-intent stands outside, as it may.');
  });

  test.each([
    ['controller-restarts', ['resync', 'testable-claims']],
    ['compaction-gap', ['resync', 'testable-claims']],
    ['watch-reconnects', ['gaps-expected', 'testable-claims']],
    ['crash-after-external-call', ['gaps-expected', 'testable-claims']],
    ['old-leader-resumes', ['fenced-leases', 'testable-claims']],
    ['pause-the-leader', ['fenced-leases', 'testable-claims']],
    ['quorum-loss', ['testable-claims']],
    ['slow-disks', ['testable-claims']],
  ])('a failed run of %s fails %j, and is named', (scenario, ids) => {
    const review = reviewWith({}, (task) =>
      task.do === 'challenge' && task.scenario === scenario && task.seed === 2
        ? { of: 'challenge', ...broken(scenario, 2, 'platform/safe-replay') }
        : null,
    );
    expect(failing(review)).toEqual(ids);
    for (const { pass, failure, evidence } of review.points) {
      if (pass) continue;
      expect(failure).toMatchObject({ scenario, seed: 2 });
      expect(evidence).toContain(`1 of 2 runs of ${scenario} failed: seed 2 at platform/safe-replay, it broke.`);
    }
  });

  test('a run that stalled fails its points too', () => {
    const review = reviewWith({}, (task) =>
      task.do === 'challenge' && task.scenario === 'quorum-loss'
        ? { of: 'challenge', ...broken('quorum-loss', task.seed, 'platform/converges'), verdict: 'stalled' }
        : null,
    );
    expect(failing(review)).toEqual(['testable-claims']);
  });

  test('without fencing leases are not paired with anything, whether harm was found or not', () => {
    expect(failing(reviewWith({ fencing: false }))).toEqual(['fenced-leases']);
    const run: Challenge = {
      scenario: 'old-leader-resumes',
      seed: 13,
      verdict: 'violation',
      property: 'platform/no-stale-side-effects',
      message: 'stale',
    };
    const shown = reviewWith({ fencing: false }, (task) => (task.do === 'unfenced' ? { of: 'unfenced', run } : null));
    expect(shown.points[4]).toMatchObject({
      pass: false,
      failure: run,
      setting: 'fencing: false, leaseDurationUs: 3000000, renewDeadlineUs: 2000000',
    });
  });

  test('recovery is not bounded without snapshots, or without compaction', () => {
    expect(failing(reviewWith({ snapshotEveryEntries: 10_000 }))).toEqual(['bounded-recovery']);
    expect(failing(reviewWith({ compactEveryUs: 0 }))).toEqual(['bounded-recovery']);
  });

  test('a member that never came back fails it as well', () => {
    const { accounts, simulatedUs, restarts } = aged({});
    const lost = reviewWith({}, (task) =>
      task.do === 'age'
        ? { of: 'age', accounts, simulatedUs, restarts: restarts.map((restart) => ({ ...restart, tookUs: null })) }
        : null,
    );
    expect(failing(lost)).toEqual(['bounded-recovery']);
  });

  test('a claim whose property saw nothing where something was broken is not tested', () => {
    const review = reviewWith({}, (task) =>
      task.do === 'witness' && task.property === 'platform/safe-replay'
        ? { of: 'witness', property: task.property, defect: 'some-defect', scenario: 'steady', seed: null }
        : null,
    );
    expect(failing(review)).toEqual(['testable-claims']);
    expect(review.points.at(-1)?.evidence[0]).toContain('platform/safe-replay did not see some-defect');
  });
});

test('the matrix counts what broke by invariant, and all else beside', () => {
  const runs = [
    passed('quorum-loss', 1),
    broken('quorum-loss', 2, 'platform/quorum-loss'),
    broken('quorum-loss', 3, 'platform/converges'),
  ];
  const row = matrixOf(defaultDesign, runs).find(({ scenario }) => scenario === 'quorum-loss');
  expect(row).toMatchObject({ runs: 3, otherwiseBroken: 1 });
  expect(row?.cells.map(({ broken: count, isChallenged }) => [count, isChallenged])).toEqual([
    [0, false],
    [0, false],
    [0, false],
    [0, false],
    [0, false],
    [1, true],
  ]);
});
