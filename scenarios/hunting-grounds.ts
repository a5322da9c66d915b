/**
 * Where a hunt looks: every scenario of the catalogue by a share, the same for every defect. Shares even out chances: what goes wrong in one
 * run of ten has to be tried ten times as often as what goes wrong in every one. A run of the store alone costs less than half of one
 * of the whole platform, one of the API's machinery a tenth, a close-up about as much as one of the store. Nothing here knows which defect is on.
 */
import { catalogue } from './catalogue/index.ts';
import type { Scenario } from './define-scenario.ts';

/** Broken in almost any run of the store: a hunt that misses it is blind. */
export const CANARY = 'commit-not-monotonic';

/** Runs out of a round; one where nothing stands here. */
const shares: Readonly<Record<string, number>> = {
  'store-storm': 70,
  'api-storm': 40,
  'names-come-and-go': 8,
  'nodes-unheard': 7,
  'primary-on-an-island': 7,
  'volumes-change-nodes': 6,
  'telemetry-outage': 6,
  'controllers-begin-anew': 5,
  'cloud-calls-held-up': 5,
  'volume-writes-held-up': 5,
  'half-dead-switch': 4,
  'identities-out-of-touch': 4,
  'dns-changes-held-up': 4,
  'leader-writes-held-up': 3,
  'region-cut-off': 3,
  'regions-write-apart': 3,
  'old-leader-resumes': 3,
  'stampede-after-restart': 3,
  'region-cut-from-its-peers': 2,
  'primary-falls-silent': 2,
  'pause-the-leader': 2,
  'dns-plans-overtake': 2,
  'registry-outage': 2,
  'watch-reconnects': 2,
};

/** One round, in which the runs of each scenario are spread evenly. */
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
