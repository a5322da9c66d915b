import { describe, expect, test } from 'vitest';
import { apiDefects } from '../model/api/defects.ts';
import { controllerDefects } from '../model/controllers/defects.ts';
import { defaultDesign, type Design } from '../model/design.ts';
import { outsideDefects } from '../model/outside/defects.ts';
import { regionDefects } from '../model/regions/defects.ts';
import { createRun, ms, seconds, type Run } from '../sim/index.ts';
import { catalogue } from './catalogue/index.ts';
import { judgedProperties } from './catalogue/properties.ts';
import { defects } from './defects.ts';
import { endOfSafety } from './hunt/hunt.ts';
import { hunts } from './hunt/hunts.ts';
import { allProperties } from './properties.ts';
import { plan, propertiesOf, runSpec } from './run-spec.ts';
import { seedsToTry } from './testing/seeds-to-try.ts';
import { shortFailures } from './testing/short-failures.ts';

/** Where a property sees a defect. */
interface Hunt {
  readonly defect: string;
  readonly property: string;
  readonly scenario: string;
  readonly design?: Partial<Design>;
  /** A seed in which it does; that of `shortFailures` when absent. */
  readonly known?: number;
  /** How many others are tried at most, from 1 on. */
  readonly seeds: number;
}

/** Every defect of the floors above the store; the store and Raft have worlds of their own, where more happens in a second. */
const tested: readonly Hunt[] = [
  { defect: 'no-fencing', property: 'platform/no-stale-side-effects', scenario: 'old-leader-resumes', seeds: 15 },
  { defect: 'no-fencing', property: 'platform/single-active', scenario: 'old-leader-resumes', seeds: 30 },
  { defect: 'no-seal', property: 'platform/single-active', scenario: 'pause-the-leader', seeds: 30 },
  { defect: 'renew-without-deadline', property: 'platform/single-active', scenario: 'restart-leaders', design: { fencing: false }, seeds: 30 },
  { defect: 'delete-without-token', property: 'platform/actions-carry-tokens', scenario: 'steady', seeds: 2 },
  { defect: 'steal-early', property: 'platform/stable-leadership', scenario: 'restart-leaders', seeds: 2 },
  { defect: 'ack-before-commit', property: 'platform/no-lost-write', scenario: 'drop-acknowledgements', seeds: 2 },
  { defect: 'ack-unknown-outcome', property: 'platform/no-lost-write', scenario: 'restart-leaders', seeds: 10 },
  { defect: 'reads-fail-open', property: 'platform/quorum-loss', scenario: 'quorum-loss', seeds: 20 },
  // Of the store, and caught in its own world as well: here it answers while nobody can know.
  { defect: 'serve-local-reads', property: 'platform/quorum-loss', scenario: 'quorum-loss', seeds: 6 },
  { defect: 'deny-unknown-outcome', property: 'platform/no-phantom-write', scenario: 'slow-disks', seeds: 40 },
  { defect: 'stale-list-on-restart', property: 'platform/ordered-observation', scenario: 'controller-restarts', seeds: 15 },
  { defect: 'no-resync-after-gap', property: 'platform/converges', scenario: 'compaction-gap', seeds: 10 },
  { defect: 'missed-deletion-on-relist', property: 'platform/caches-converge', scenario: 'compaction-gap', seeds: 3 },
  { defect: 'absent-means-deleted', property: 'platform/no-harm', scenario: 'names-come-and-go', design: { watchCacheEvents: 8 }, seeds: 15 },
  { defect: 'collect-by-name', property: 'platform/no-harm', scenario: 'names-come-and-go', seeds: 12 },
  { defect: 'initial-list-not-collected', property: 'platform/no-orphans', scenario: 'names-come-and-go', seeds: 6 },
  { defect: 'malformed-object-crashes', property: 'platform/converges', scenario: 'blank-configuration', seeds: 3 },
  { defect: 'replaced-taken-for-same', property: 'platform/no-orphans', scenario: 'names-come-and-go', design: { watchCacheEvents: 8 }, seeds: 9 },
  { defect: 'owned-objects-not-watched', property: 'platform/converges', scenario: 'steady', design: { resyncUs: seconds(600) }, seeds: 3 },
  { defect: 'expectations-expire', property: 'platform/count', scenario: 'restart-leaders', design: { ownWrites: 'expectations', expectationsUs: ms(10) }, seeds: 24 },
  { defect: 'fresh-operation-ids', property: 'platform/safe-replay', scenario: 'crash-after-external-call', seeds: 12 },
  { defect: 'detach-unconfirmed', property: 'platform/volume-writers', scenario: 'volumes-change-nodes', seeds: 6 },
  { defect: 'volume-deleted-in-use', property: 'platform/volume-writers', scenario: 'volumes-change-nodes', seeds: 10 },
  { defect: 'attach-noted-afterwards', property: 'platform/converges', scenario: 'volumes-change-nodes', seeds: 12 },
  { defect: 'volume-deleted-with-its-workload', property: 'platform/volume-data-kept', scenario: 'volumes-change-nodes', seeds: 6 },
  { defect: 'volume-takes-writes-of-anybody', property: 'platform/volume-writers', scenario: 'volumes-change-nodes', seeds: 12 },
  { defect: 'record-before-call', property: 'platform/converges', scenario: 'restart-leaders', seeds: 30 },
  { defect: 'heartbeat-keeps-version', property: 'platform/recovers', scenario: 'restart-leaders', seeds: 3 },
  { defect: 'watch-past-lost-window', property: 'platform/watch-complete', scenario: 'api-storm', seeds: 15 },
  { defect: 'resume-after-restart-without-gone', property: 'platform/watch-complete', scenario: 'api-storm', seeds: 30 },
  { defect: 'bookmark-ahead-of-events', property: 'platform/watch-complete', scenario: 'api-storm', seeds: 4 },
  { defect: 'feed-begins-again', property: 'platform/watch-complete', scenario: 'api-storm', seeds: 4 },
  { defect: 'consistent-read-from-stale-cache', property: 'platform/consistent-reads', scenario: 'api-storm', seeds: 12 },
  { defect: 'any-read-from-a-member', property: 'platform/cache-monotonic', scenario: 'api-storm', seeds: 20 },
  { defect: 'relist-keeps-deleted', property: 'platform/watch-caches-converge', scenario: 'api-storm', seeds: 60 },
  { defect: 'deletion-ignores-finalizers', property: 'platform/finalizers-kept', scenario: 'api-storm', seeds: 4 },
  { defect: 'deletion-ignores-uid', property: 'platform/deletions-meant', scenario: 'api-storm', seeds: 25 },
  { defect: 'admit-whatever-comes', property: 'platform/signs-of-life-first', scenario: 'stampede-after-restart', seeds: 2 },
  { defect: 'one-level-for-all', property: 'platform/signs-of-life-first', scenario: 'stampede-after-restart', seeds: 2 },
  { defect: 'come-back-at-once', property: 'platform/retry-after-kept', scenario: 'stampede-after-restart', seeds: 2 },
  { defect: 'finalizers-without-version', property: 'platform/finalizers-kept', scenario: 'api-storm', seeds: 4 },
  { defect: 'empty-selection-removes-all', property: 'platform/endpoints-never-empty', scenario: 'steady', seeds: 10 },
  { defect: 'artifact-acks-before-durable', property: 'platform/artifacts-kept', scenario: 'registry-outage', seeds: 10 },
  { defect: 'artifact-kept-by-name', property: 'platform/artifact-content', scenario: 'steady', seeds: 3 },
  { defect: 'artifact-silence-is-absence', property: 'platform/artifacts-absent', scenario: 'registry-outage', seeds: 20 },
  { defect: 'image-pulled-by-tag', property: 'platform/artifact-content', scenario: 'steady', seeds: 3 },
  { defect: 'log-acks-before-durable', property: 'platform/logs-whole', scenario: 'telemetry-outage', seeds: 20 },
  { defect: 'log-kept-twice', property: 'platform/logs-whole', scenario: 'telemetry-outage', seeds: 10 },
  { defect: 'log-loss-uncounted', property: 'platform/logs-whole', scenario: 'telemetry-outage', seeds: 10 },
  { defect: 'event-counted-again', property: 'platform/events-counted', scenario: 'steady', seeds: 2 },
  { defect: 'samples-sent-again', property: 'platform/samples-true', scenario: 'telemetry-outage', seeds: 5 },
  { defect: 'telemetry-blocks-renewals', property: 'platform/telemetry-never-blocks', scenario: 'telemetry-outage', seeds: 3 },
  { defect: 'status-takes-the-last', property: 'platform/status-kept', scenario: 'telemetry-outage', seeds: 10 },
  { defect: 'status-ignores-restarts', property: 'platform/status-kept', scenario: 'telemetry-outage', seeds: 5 },
  { defect: 'status-gives-up-peers', property: 'platform/status-newest', scenario: 'telemetry-outage', seeds: 5 },
  { defect: 'regional-acks-before-durable', property: 'platform/regional-durable', scenario: 'regions-write-apart', seeds: 3 },
  { defect: 'regional-wall-clock', property: 'platform/regional-convergence', scenario: 'regions-write-apart', seeds: 10 },
  { defect: 'regional-tombstones-forgotten', property: 'platform/regional-last-writer', scenario: 'regions-write-apart', seeds: 10 },
  { defect: 'endpoints-not-watched', property: 'platform/services-converge', scenario: 'steady', design: { resyncUs: seconds(600) }, seeds: 20 },
  { defect: 'data-kept-by-deployment', property: 'platform/replicas-agree', scenario: 'services-declared-again', seeds: 6 },
  { defect: 'promote-without-waiting', property: 'platform/one-primary', scenario: 'region-cut-from-its-peers', seeds: 10 },
  { defect: 'promote-whoever-is-ready', property: 'platform/bounded-loss', scenario: 'primary-falls-silent', seeds: 20 },
  { defect: 'failover-by-one-vantage-point', property: 'platform/failover-justified', scenario: 'half-dead-switch', seeds: 10 },
  { defect: 'primary-without-deadline', property: 'platform/one-primary', scenario: 'region-cut-from-its-peers', seeds: 10 },
  { defect: 'acknowledge-beyond-lag', property: 'platform/bounded-loss', scenario: 'primary-falls-silent', seeds: 20 },
  { defect: 'eject-without-cap', property: 'platform/discovery-at-gateways', scenario: 'health-checks-fail-everywhere', seeds: 6 },
  { defect: 'dns-applied-unconditionally', property: 'platform/dns-plans', scenario: 'dns-plans-overtake', seeds: 10 },
  { defect: 'dns-cleanup-deletes-active', property: 'platform/dns-plans', scenario: 'dns-plans-overtake', seeds: 10 },
  { defect: 'no-read-your-writes', property: 'platform/count', scenario: 'watch-reconnects', seeds: 20 },
  { defect: 'progress-in-memory', property: 'platform/converges', scenario: 'region-cut-off', seeds: 12 },
  { defect: 'wait-for-broken-version', property: 'platform/converges', scenario: 'bad-roll-out', seeds: 3 },
  { defect: 'rolls-on-when-paused', property: 'platform/count', scenario: 'bad-roll-out', seeds: 8 },
  { defect: 'duplicates-removed-without-end', property: 'platform/converges', scenario: 'fifty-replicas', seeds: 2 },
  { defect: 'evict-when-blind', property: 'platform/contained', scenario: 'blind-controller', seeds: 6 },
  { defect: 'evict-without-limit', property: 'platform/contained', scenario: 'region-loss', seeds: 8 },
  { defect: 'silence-by-cache', property: 'platform/contained', scenario: 'watches-lag', seeds: 10 },
  { defect: 'retry-without-pause', property: 'platform/failures-back-off', scenario: 'watches-lag', seeds: 10 },
  { defect: 'drain-any-region', property: 'platform/contained', scenario: 'region-leaves', seeds: 2 },
  { defect: 'force-delete-unconfirmed', property: 'platform/identity', scenario: 'region-cut-off', design: { agentDeadlineUs: seconds(30) }, seeds: 4 },
  { defect: 'no-local-deadline', property: 'platform/identity', scenario: 'region-cut-off', seeds: 8 },
  { defect: 'flush-on-restart', property: 'platform/undisturbed', scenario: 'agents-restart', seeds: 2 },
  { defect: 'stop-only-when-told', property: 'platform/converges', scenario: 'region-cut-off', seeds: 10 },
  { defect: 'discovery-fails-closed', property: 'platform/discovery-at-gateways', scenario: 'control-plane-gone', seeds: 6 },
];

/** What makes leaders safe does so by either recipe of electing them. */
const electionHunts: readonly Hunt[] = [
  { defect: 'no-fencing', property: 'platform/no-stale-side-effects', scenario: 'old-leader-resumes', known: 1008158, seeds: 20 },
  { defect: 'no-seal', property: 'platform/single-active', scenario: 'pause-the-leader', known: 35, seeds: 30 },
  { defect: 'steal-early', property: 'platform/stable-leadership', scenario: 'restart-leaders', seeds: 2 },
].map((hunt) => ({ ...hunt, design: { electorRecipe: 'election' } }));

/** Whoever lets a second one of an identity run takes the volume from under the first, before anything of the second begins. */
const volumeHunts: readonly Hunt[] = [
  { defect: 'force-delete-unconfirmed', property: 'platform/volume-writers', scenario: 'region-cut-off', design: { volumes: true, agentDeadlineUs: seconds(30) }, known: 18, seeds: 4 },
  { defect: 'no-local-deadline', property: 'platform/volume-writers', scenario: 'region-cut-off', design: { volumes: true }, known: 6, seeds: 4 },
];

describe('the catalogue of defects', () => {
  const properties = judgedProperties();

  test('has ids that are distinct, and so have properties', () => {
    expect(new Set(defects.map(({ id }) => id)).size).toBe(defects.length);
    expect(new Set(allProperties().map(({ id }) => id)).size).toBe(allProperties().length);
  });

  test.each(hunts)('$defect.id breaks a property that is judged where it is hunted', ({ defect, scenario }) => {
    const judge = propertiesOf(scenario, { ...defaultDesign, ...defect.needs }).filter(({ id }) => id === defect.property);
    expect(judge.map(({ kind }) => kind)).toEqual([expect.stringMatching(/^(always|eventually)$/)]);
  });

  test.each(properties.filter(({ kind }) => kind !== 'sometimes'))('$id is broken by a defect', ({ id }) => {
    expect(defects.filter(({ property }) => property === id).map((defect) => defect.id)).not.toEqual([]);
  });

  test.each([...apiDefects, ...controllerDefects, ...regionDefects, ...outsideDefects])('$id is hunted below, in the design that it needs', ({ id, property, needs }) => {
    const own = tested.filter((hunt) => hunt.defect === id && hunt.property === property);
    expect(own).toHaveLength(1);
    expect(own[0]?.scenario).toBe(hunts.find(({ defect }) => defect.id === id)?.scenario.name);
    expect(own[0]?.design).toEqual(needs);
  });
});

/** Without the long time for goals where none is judged. */
const AFTER_HEAL_US = seconds(5);

/** What the chosen property alone says of a run, step by step and, where it can, from scratch. */
function judge({ property, scenario: name, design = {} }: Hunt, seed: number, switches: readonly string[]): string | null {
  const scenario = catalogue.find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const drawn = plan({ scenario, seed, design, defects: switches });
  const spec = runSpec(scenario, drawn);
  const properties = spec.properties.filter(({ id }) => id === property);
  expect(properties).toHaveLength(1);
  const endUs = properties[0]?.kind === 'always' ? Math.max(drawn.healAtUs + AFTER_HEAL_US, endOfSafety(property, drawn)) : drawn.endUs;
  const run = createRun({ ...spec, properties, endUs, keepEvidence: true });
  run.advance();
  return verdictOf(run);
}

function verdictOf(run: Run): string | null {
  expect(run.failure).toBeNull();
  for (const { property, judged, broken } of run.fullChecks()) {
    if (judged) expect(`${property} from scratch: ${broken !== null}`).toBe(`${property} from scratch: ${run.violation?.property === property}`);
  }
  return run.violation?.property ?? null;
}

describe('a defect is caught by its property, where the healthy platform passes the same seeds', () => {
  const isCaught = (hunt: Hunt): void => {
    const known = hunt.known ?? shortFailures[hunt.defect];
    for (const seed of seedsToTry(known === undefined ? [] : [known], hunt.seeds)) {
      expect(judge(hunt, seed, [])).toBeNull();
      if (judge(hunt, seed, [hunt.defect]) === hunt.property) return;
    }
    expect.unreachable(`not caught within ${hunt.seeds} seeds`);
  };
  test.each(tested)('$defect by $property in $scenario', isCaught);
  test.each(volumeHunts)('with volumes: $defect by $property in $scenario', isCaught);
  test.each(electionHunts)('leaders elected in the store: $defect by $property in $scenario', isCaught);
});

const MASKED_SEEDS = 5;

/** A safeguard that hides a mistake is itself worth knowing: where the design has it, nobody is harmed. */
describe('a defect that needs a design is masked without it', () => {
  const masked = tested.filter(({ design }) => design !== undefined);

  test.each(masked)('$defect in $scenario', (hunt) => {
    const usual: Hunt = { ...hunt, design: {} };
    for (let seed = 1; seed <= MASKED_SEEDS; seed++) expect(judge(usual, seed, [hunt.defect])).toBeNull();
  });
});
