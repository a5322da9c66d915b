/** Where each defect is hunted: those of consensus and the store all in one storm, the others where what they break is challenged. */
import type { Defect } from '../../model/defect.ts';
import { catalogue } from '../catalogue/index.ts';
import { storeStorm } from '../catalogue/store-storm.ts';
import type { Scenario } from '../define-scenario.ts';
import { defects } from '../defects.ts';
import type { Hunt } from './hunt.ts';
import measured from './measured-hunts.json' with { type: 'json' };

/** By defect of the floors above the store, the name of a scenario. */
const platformHunts: Readonly<Record<string, string>> = {
  'no-fencing': 'old-leader-resumes',
  'no-seal': 'pause-the-leader',
  'renew-without-deadline': 'restart-leaders',
  'delete-without-token': 'steady',
  'steal-early': 'restart-leaders',
  'ack-before-commit': 'drop-acknowledgements',
  'ack-unknown-outcome': 'restart-leaders',
  'reads-fail-open': 'quorum-loss',
  'deny-unknown-outcome': 'slow-disks',
  'stale-list-on-restart': 'controller-restarts',
  'no-resync-after-gap': 'compaction-gap',
  'missed-deletion-on-relist': 'compaction-gap',
  'absent-means-deleted': 'names-come-and-go',
  'collect-by-name': 'names-come-and-go',
  'initial-list-not-collected': 'names-come-and-go',
  'malformed-object-crashes': 'blank-configuration',
  'replaced-taken-for-same': 'names-come-and-go',
  'owned-objects-not-watched': 'steady',
  'expectations-expire': 'restart-leaders',
  'fresh-operation-ids': 'crash-after-external-call',
  'detach-unconfirmed': 'volumes-change-nodes',
  'volume-deleted-in-use': 'volumes-change-nodes',
  'attach-noted-afterwards': 'volumes-change-nodes',
  'volume-deleted-with-its-workload': 'volumes-change-nodes',
  'volume-takes-writes-of-anybody': 'volumes-change-nodes',
  'record-before-call': 'restart-leaders',
  'heartbeat-keeps-version': 'restart-leaders',
  'watch-past-lost-window': 'api-storm',
  'resume-after-restart-without-gone': 'api-storm',
  'bookmark-ahead-of-events': 'api-storm',
  'feed-begins-again': 'api-storm',
  'consistent-read-from-stale-cache': 'api-storm',
  'any-read-from-a-member': 'api-storm',
  'relist-keeps-deleted': 'api-storm',
  'deletion-ignores-finalizers': 'api-storm',
  'deletion-ignores-uid': 'api-storm',
  'admit-whatever-comes': 'stampede-after-restart',
  'one-level-for-all': 'stampede-after-restart',
  'come-back-at-once': 'stampede-after-restart',
  'finalizers-without-version': 'api-storm',
  'empty-selection-removes-all': 'steady',
  'artifact-acks-before-durable': 'registry-outage',
  'artifact-kept-by-name': 'steady',
  'artifact-silence-is-absence': 'registry-outage',
  'image-pulled-by-tag': 'steady',
  'log-acks-before-durable': 'telemetry-outage',
  'log-kept-twice': 'telemetry-outage',
  'log-loss-uncounted': 'telemetry-outage',
  'event-counted-again': 'steady',
  'samples-sent-again': 'telemetry-outage',
  'telemetry-blocks-renewals': 'telemetry-outage',
  'status-takes-the-last': 'telemetry-outage',
  'status-ignores-restarts': 'telemetry-outage',
  'status-gives-up-peers': 'telemetry-outage',
  'regional-acks-before-durable': 'regions-write-apart',
  'regional-wall-clock': 'regions-write-apart',
  'regional-tombstones-forgotten': 'regions-write-apart',
  'dns-applied-unconditionally': 'dns-plans-overtake',
  'dns-cleanup-deletes-active': 'dns-plans-overtake',
  'discovery-fails-closed': 'control-plane-gone',
  'eject-without-cap': 'health-checks-fail-everywhere',
  'acknowledge-beyond-lag': 'primary-falls-silent',
  'data-kept-by-deployment': 'services-declared-again',
  'primary-without-deadline': 'region-cut-from-its-peers',
  'failover-by-one-vantage-point': 'half-dead-switch',
  'promote-whoever-is-ready': 'primary-falls-silent',
  'promote-without-waiting': 'region-cut-from-its-peers',
  'endpoints-not-watched': 'steady',
  'no-read-your-writes': 'watch-reconnects',
  'progress-in-memory': 'region-cut-off',
  'wait-for-broken-version': 'bad-roll-out',
  'rolls-on-when-paused': 'bad-roll-out',
  'duplicates-removed-without-end': 'fifty-replicas',
  'evict-when-blind': 'blind-controller',
  'evict-without-limit': 'region-loss',
  'silence-by-cache': 'watches-lag',
  'retry-without-pause': 'watches-lag',
  'drain-any-region': 'region-leaves',
  'force-delete-unconfirmed': 'region-cut-off',
  'no-local-deadline': 'region-cut-off',
  'flush-on-restart': 'agents-restart',
  'stop-only-when-told': 'region-cut-off',
};

/** The property of a defect decides: what is claimed of consensus or the store is hunted in the storm. */
export function huntOf(defect: Defect): Hunt {
  return { defect, scenario: isOfStore(defect) ? storeStorm : platformScenario(defect.id) };
}

export function isOfStore({ property }: Defect): boolean {
  return /^(raft|store)\//.test(property);
}

/** All of them, in the order of the catalogue of defects. */
export const hunts: readonly Hunt[] = defects.map(huntOf);

function platformScenario(id: string): Scenario {
  const scenario = catalogue.find(({ name }) => name === platformHunts[id]);
  if (scenario === undefined) throw new RangeError(`nothing says where ${id} is hunted`);
  return scenario;
}

/** What `quorate hunt` found out about one defect, all trials together. */
export interface MeasuredHunt {
  readonly id: string;
  /** Of which build. */
  readonly build: string;
  /** Trials in which it was found, by whatever property. */
  readonly found: number;
  readonly trials: number;
  /** Null when more than half of the trials came to nothing. */
  readonly medianSeeds: number | null;
  readonly medianCpuSeconds: number;
  /** Where its own property saw it. */
  readonly finds: readonly { readonly scenario: string; readonly seed: number }[];
}

const table: readonly MeasuredHunt[] = measured.hunts;

/** What was measured of a defect last, or undefined when nothing was yet. */
export function measuredHunt(id: string): MeasuredHunt | undefined {
  return table.find((hunt) => hunt.id === id);
}
