/**
 * Where `quorate hunt` looks: every scenario of the catalogue has a share of the runs, the same for every defect. Shares make up
 * for rarity: what goes wrong in one run of ten has to be tried ten times as often as what goes wrong in every one. A run of the
 * store alone costs a third of one of the whole platform, one of the API's machinery a tenth, a close-up as much as one of the
 * store or twice that. Nothing here knows which defect is on.
 */
import { catalogue } from '../catalogue/index.ts';
import type { Scenario } from '../define-scenario.ts';

/** Broken in almost any run of the store: a hunt that misses it is blind. */
export const CANARY = 'commit-not-monotonic';

/** Runs of each scenario in a round; one for a scenario that is not listed. */
const shares: Readonly<Record<string, number>> = {
  'store-storm': 100,
  'api-storm': 80,
  'storm-of-relapses': 12,
  'regions-write-apart': 10,
  'nodes-unheard': 10,
  'volumes-come-and-go': 9,
  'names-taken-over': 9,
  'watches-held-up': 9,
  'storm-of-echoes': 8,
  'storm-of-sleepers': 8,
  'primary-on-an-island': 7,
  'stampede-after-restart': 7,
  'telemetry-outage': 6,
  'storm-of-deaf-leaders': 6,
  'storm-of-coups': 5,
  'controllers-begin-anew': 5,
  'cloud-calls-held-up': 5,
  'volume-writes-held-up': 5,
  'storm-of-stale-read-leases': 4,
  'storm-of-absences': 4,
  'storm-of-migrations': 4,
  'half-dead-switch': 4,
  'identities-out-of-touch': 4,
  'dns-changes-held-up': 4,
  'endpoints-change-hands': 4,
  'dns-plans-overtake': 4,
  'names-come-and-go': 3,
  'volumes-change-nodes': 3,
  'leader-writes-held-up': 3,
  'region-cut-off': 3,
  'old-leader-resumes': 3,
  'watches-lag': 3,
  'registry-outage': 3,
  'fifty-replicas': 2,
  'blank-configuration': 2,
  'bad-roll-out': 2,
  'region-cut-from-its-peers': 2,
  'primary-falls-silent': 2,
};

/** One round, over which the runs of each scenario are spread evenly. */
const round: readonly Scenario[] = catalogue
  .flatMap((scenario, position) => {
    const share = shares[scenario.name] ?? 1;
    const offset = (position + 1) / (catalogue.length + 1);
    return Array.from({ length: share }, (_, run) => ({ scenario, place: (run + offset) / share }));
  })
  .sort((a, b) => a.place - b.place)
  .map(({ scenario }) => scenario);

/** The scenario that a hunt runs on a seed. */
export function huntingGround(seed: number): Scenario {
  return round[seed % round.length] as Scenario;
}
