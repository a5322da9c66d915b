import { describe, expect, test } from 'vitest';
import type { Design } from '../../model/design.ts';
import { byCodeUnit, createRun, ms, seconds, type Fault } from '../../sim/index.ts';
import { probesOf, runSpec } from '../run-spec.ts';
import { swarmPlan } from '../swarm/swarm-plan.ts';
import { seedsToTry } from '../testing/seeds-to-try.ts';
import { apiStorm } from './api-storm.ts';
import { catalogue } from './index.ts';

/** What a scenario brings about within a few seeds of a swarm. */
interface Seen {
  readonly scenario: string;
  readonly probes: readonly string[];
  readonly design?: Partial<Design>;
  readonly faults?: readonly Fault[];
  /** Seeds that show what is rare. */
  readonly known?: readonly number[];
}

const seen: readonly Seen[] = [
  { scenario: 'restart-leaders', probes: ['leader-change-under-request', 'unknown-outcome'] },
  { scenario: 'pause-the-leader', probes: ['lease-takeover', 'deposed-alive'] },
  { scenario: 'old-leader-resumes', probes: ['action-fenced', 'paused-leader-resumed'], known: [18] },
  {
    scenario: 'compaction-gap',
    probes: ['watch-after-gap', 'relist-after-gap', 'snapshot-installed', 'bookmark-used', 'conflict-overcome'],
  },
  { scenario: 'crash-after-external-call', probes: ['repetition-recognised'] },
  { scenario: 'quorum-loss', probes: ['quorum-regained', 'last-good-routes'] },
  {
    scenario: 'region-loss',
    probes: ['workload-moved', 'identity-moved', 'eviction-held-back', 'old-primary-alive', 'epoch-refused'],
    known: [6, 10],
  },
  { scenario: 'primary-falls-silent', probes: ['primary-replaced', 'users-went-without'] },
  { scenario: 'region-leaves', probes: ['region-left', 'region-joined', 'finalizer-held', 'cascading-deletion'] },
  { scenario: 'steady', probes: ['node-left', 'node-joined'], known: [4] },
  { scenario: 'volumes-change-nodes', probes: ['volume-moved', 'volume-taken-from-lost-node', 'volume-held-in-use'] },
  { scenario: 'blind-controller', probes: ['zones-blind'] },
  { scenario: 'bad-roll-out', probes: ['rolled-back', 'surge-reached'] },
  { scenario: 'agents-restart', probes: ['node-drained', 'roll-out-resumed'], known: [11, 13] },
  { scenario: 'health-checks-fail-everywhere', probes: ['backend-recovered', 'dns-plan-raced', 'image-from-elsewhere'] },
  { scenario: 'region-cut-from-its-peers', probes: ['records-dropped'] },
  {
    scenario: 'steady',
    probes: ['workload-restarted', 'clock-steps-while-leading'],
    design: { containerCrashUs: ms(15_000) },
    faults: [{ at: seconds(6), do: 'step-clock', target: 'role:deployer-leader', byUs: ms(700) }],
  },
  {
    scenario: 'watch-reconnects',
    probes: ['expectation-expired'],
    design: { ownWrites: 'expectations', expectationsUs: ms(300) },
    known: [15],
  },
];

/** Seeds tried at most, besides the known ones. */
const SEEDS = 40;

/** The probes that none of a scenario's seeds hits. */
function missed({ scenario: name, probes, design = {}, faults = [], known = [] }: Seen): readonly string[] {
  const scenario = catalogue.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const left = new Set(probes);
  for (const seed of seedsToTry(known, SEEDS)) {
    if (left.size === 0) break;
    const plan = swarmPlan({ scenario, seed, design });
    const spec = runSpec(scenario, { ...plan, faults: [...plan.faults, ...faults] });
    const run = createRun({ ...spec, properties: spec.properties.filter(({ id }) => left.has(id)) });
    run.advance();
    for (const id of run.hits) left.delete(id);
  }
  return [...left];
}

describe('what must be seen is seen', () => {
  test.each(seen)('in $scenario: $probes', (expected) => {
    expect(missed({ ...expected, probes: expected.probes.map((probe) => `platform/${probe}`) })).toEqual([]);
  });

  test('in api-storm', () => {
    expect(missed({ scenario: 'api-storm', probes: probesOf(apiStorm) })).toEqual([]);
  });

  test('and these are all the probes of the platform', () => {
    const [steady] = catalogue.filter(({ name }) => name === 'steady');
    const named = seen.flatMap(({ probes }) => probes.map((probe) => `platform/${probe}`));
    expect(probesOf(steady!).toSorted(byCodeUnit)).toEqual(named.toSorted(byCodeUnit));
  });
});
