import { describe, expect, test } from 'vitest';
import { apiDefects } from '../model/api/defects.ts';
import { controllerDefects } from '../model/controllers/defects.ts';
import type { Defect } from '../model/defect.ts';
import { defaultDesign, type Design } from '../model/design.ts';
import { outsideDefects } from '../model/outside/defects.ts';
import { regionDefects } from '../model/regions/defects.ts';
import { createRun, seconds, type Run } from '../sim/index.ts';
import { catalogue } from './catalogue/index.ts';
import { judgedProperties } from './catalogue/properties.ts';
import { endOfSafety } from './defect-run.ts';
import { defects } from './defects.ts';
import { allProperties } from './properties.ts';
import { plan, propertiesOf, runSpec } from './run-spec.ts';
import { defectsWithScenarios, shownIn } from './shown-in.ts';
import { seedsToTry } from './testing/seeds-to-try.ts';
import { shortFailures } from './testing/short-failures.ts';

/** What a property sees of a defect in a scenario. */
interface Sighting {
  readonly defect: string;
  readonly property: string;
  readonly scenario: string;
  readonly design?: Partial<Design>;
  /** A seed in which it does; that of `shortFailures` when absent. */
  readonly known?: number;
  /** How many others are tried at most, from 1 on. */
  readonly seeds: number;
}

/**
 * Every defect of the layers above the store, with the number of seeds that are tried at most. Where it is shown is said in
 * `shown-in.ts`; the store and Raft have worlds of their own, where more happens in a second.
 */
const seedsOf: Readonly<Record<string, number>> = {
  'no-fencing': 15,
  'no-seal': 30,
  'renew-without-deadline': 30,
  'delete-without-token': 2,
  'steal-early': 2,
  'ack-before-commit': 2,
  'ack-unknown-outcome': 10,
  'reads-fail-open': 20,
  'deny-unknown-outcome': 40,
  'stale-list-on-restart': 15,
  'no-resync-after-gap': 10,
  'missed-deletion-on-relist': 3,
  'absent-means-deleted': 15,
  'collect-by-name': 12,
  'initial-list-not-collected': 6,
  'malformed-object-crashes': 3,
  'replaced-taken-for-same': 9,
  'owned-objects-not-watched': 3,
  'expectations-expire': 24,
  'fresh-operation-ids': 12,
  'detach-unconfirmed': 6,
  'volume-deleted-in-use': 10,
  'attach-noted-afterwards': 12,
  'volume-deleted-with-its-workload': 6,
  'volume-takes-writes-of-anybody': 12,
  'record-before-call': 30,
  'heartbeat-keeps-version': 3,
  'watch-past-lost-window': 15,
  'resume-after-restart-without-gone': 30,
  'bookmark-ahead-of-events': 4,
  'feed-begins-again': 4,
  'consistent-read-from-stale-cache': 12,
  'any-read-from-a-member': 20,
  'relist-keeps-deleted': 60,
  'deletion-ignores-finalizers': 4,
  'deletion-ignores-uid': 25,
  'admit-whatever-comes': 2,
  'one-level-for-all': 2,
  'come-back-at-once': 2,
  'finalizers-without-version': 4,
  'empty-selection-removes-all': 10,
  'artifact-acks-before-durable': 10,
  'artifact-kept-by-name': 3,
  'artifact-silence-is-absence': 20,
  'image-pulled-by-tag': 3,
  'log-acks-before-durable': 20,
  'log-kept-twice': 10,
  'log-loss-uncounted': 10,
  'event-counted-again': 2,
  'samples-sent-again': 5,
  'telemetry-blocks-renewals': 3,
  'status-takes-the-last': 10,
  'status-ignores-restarts': 5,
  'status-gives-up-peers': 5,
  'regional-acks-before-durable': 3,
  'regional-wall-clock': 10,
  'regional-tombstones-forgotten': 10,
  'endpoints-not-watched': 20,
  'data-kept-by-deployment': 6,
  'promote-without-waiting': 10,
  'promote-whoever-is-ready': 20,
  'failover-by-one-vantage-point': 10,
  'primary-without-deadline': 10,
  'acknowledge-beyond-lag': 20,
  'eject-without-cap': 6,
  'dead-backends-not-ejected': 4,
  'never-readmitted': 4,
  'crash-loops-hot': 4,
  'unreachable-not-tainted': 4,
  'toleration-ignored': 4,
  'failover-asks-the-holder': 4,
  'names-never-updated': 6,
  'old-plans-kept': 4,
  'plans-pile-up': 4,
  'binds-to-silent-nodes': 4,
  'nodes-overcommitted': 4,
  'packed-by-region': 4,
  'unready-stays-published': 4,
  'endpoints-without-catching-up': 20,
  'volume-stays-attached': 10,
  'dns-applied-unconditionally': 10,
  'dns-cleanup-deletes-active': 10,
  'no-read-your-writes': 20,
  'progress-in-memory': 12,
  'wait-for-broken-version': 3,
  'rolls-on-when-paused': 8,
  'duplicates-removed-without-end': 2,
  'evict-when-blind': 6,
  'evict-without-limit': 8,
  'silence-by-cache': 10,
  'retry-without-pause': 10,
  'drain-any-region': 2,
  'force-delete-unconfirmed': 4,
  'no-local-deadline': 8,
  'flush-on-restart': 2,
  'stop-only-when-told': 10,
  'discovery-fails-closed': 6,
};

const platformDefects: readonly Defect[] = [...apiDefects, ...controllerDefects, ...regionDefects, ...outsideDefects];

const catalogued: readonly Sighting[] = platformDefects.map((defect) => {
  const { id, property, needs } = defect;
  const seeds = seedsOf[id];
  if (seeds === undefined) throw new RangeError(`nothing says how many seeds are tried for ${id}`);
  return {
    defect: id,
    property,
    scenario: shownIn(defect).scenario.name,
    ...(needs === undefined ? {} : { design: needs }),
    seeds,
  };
});

/** What a defect breaks beside the property that it is catalogued with. */
const furtherSightings: readonly Sighting[] = [
  { defect: 'no-fencing', property: 'platform/single-active', scenario: 'old-leader-resumes', seeds: 30 },
  // Of the store, and caught in its own world as well: here it answers while nobody can know.
  { defect: 'serve-local-reads', property: 'platform/quorum-loss', scenario: 'quorum-loss', seeds: 6 },
];

/** What makes leaders safe does so by either recipe of electing them. */
const electionSightings: readonly Sighting[] = [
  { defect: 'no-fencing', property: 'platform/no-stale-side-effects', scenario: 'old-leader-resumes', known: 3, seeds: 20 },
  { defect: 'no-seal', property: 'platform/single-active', scenario: 'pause-the-leader', known: 35, seeds: 30 },
  { defect: 'steal-early', property: 'platform/stable-leadership', scenario: 'restart-leaders', seeds: 2 },
].map((sighting) => ({ ...sighting, design: { electorRecipe: 'election' } }));

/** Whoever lets a second one of an identity run takes the volume from under the first, before anything of the second begins. */
const volumeSightings: readonly Sighting[] = [
  {
    defect: 'force-delete-unconfirmed',
    property: 'platform/volume-writers',
    scenario: 'region-cut-off',
    design: { volumes: true, agentDeadlineUs: seconds(30) },
    known: 12,
    seeds: 4,
  },
  {
    defect: 'no-local-deadline',
    property: 'platform/volume-writers',
    scenario: 'region-cut-off',
    design: { volumes: true },
    known: 1004,
    seeds: 4,
  },
];

describe('the catalogue of defects', () => {
  const properties = judgedProperties();

  test('has ids that are distinct, and so have properties', () => {
    expect(new Set(defects.map(({ id }) => id)).size).toBe(defects.length);
    expect(new Set(allProperties().map(({ id }) => id)).size).toBe(allProperties().length);
  });

  test.each(defectsWithScenarios)('$defect.id breaks a property that is judged where it is shown', ({ defect, scenario }) => {
    const judge = propertiesOf(scenario, { ...defaultDesign, ...defect.needs }).filter(({ id }) => id === defect.property);
    expect(judge.map(({ kind }) => kind)).toEqual([expect.stringMatching(/^(always|eventually)$/)]);
  });

  test.each(properties.filter(({ kind }) => kind !== 'sometimes'))('$id is broken by a defect', ({ id }) => {
    expect(defects.filter(({ property }) => property === id).map((defect) => defect.id)).not.toEqual([]);
  });

  test('every defect of the layers above the store is looked for below, and nothing else', () => {
    expect(Object.keys(seedsOf).toSorted()).toEqual(platformDefects.map(({ id }) => id).toSorted());
  });
});

/** Without the long time for goals where none is judged. */
const AFTER_HEAL_US = seconds(5);

/** What the chosen property alone says of a run, step by step and, where it can, from scratch. */
function judge({ property, scenario: name, design = {} }: Sighting, seed: number, switches: readonly string[]): string | null {
  const scenario = catalogue.find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const drawn = plan({ scenario, seed, design, defects: switches });
  const spec = runSpec(scenario, drawn);
  const properties = spec.properties.filter(({ id }) => id === property);
  expect(properties).toHaveLength(1);
  const endUs =
    properties[0]?.kind === 'always' ? Math.max(drawn.healAtUs + AFTER_HEAL_US, endOfSafety(property, drawn)) : drawn.endUs;
  const run = createRun({ ...spec, properties, endUs, keepEvidence: true });
  run.advance();
  return verdictOf(run);
}

function verdictOf(run: Run): string | null {
  expect(run.failure).toBeNull();
  for (const { property, judged, broken } of run.fullChecks()) {
    if (judged)
      expect(`${property} from scratch: ${broken !== null}`).toBe(
        `${property} from scratch: ${run.violation?.property === property}`,
      );
  }
  return run.violation?.property ?? null;
}

describe('a defect is caught by its property, where the healthy platform passes the same seeds', () => {
  const isCaught = (sighting: Sighting): void => {
    const known = sighting.known ?? shortFailures[sighting.defect];
    for (const seed of seedsToTry(known === undefined ? [] : [known], sighting.seeds)) {
      expect(judge(sighting, seed, [])).toBeNull();
      if (judge(sighting, seed, [sighting.defect]) === sighting.property) return;
    }
    expect.unreachable(`not caught within ${sighting.seeds} seeds`);
  };
  test.each([...catalogued, ...furtherSightings])('$defect by $property in $scenario', isCaught);
  test.each(volumeSightings)('with volumes: $defect by $property in $scenario', isCaught);
  test.each(electionSightings)('leaders elected in the store: $defect by $property in $scenario', isCaught);
});

const MASKED_SEEDS = 5;

/** A safeguard that hides a mistake is itself worth knowing: where the design has it, nobody is harmed. */
describe('a defect that needs a design is masked without it', () => {
  const masked = catalogued.filter(({ design }) => design !== undefined);

  test.each(masked)('$defect in $scenario', (sighting) => {
    const usual: Sighting = { ...sighting, design: {} };
    for (let seed = 1; seed <= MASKED_SEEDS; seed++) expect(judge(usual, seed, [sighting.defect])).toBeNull();
  });
});
