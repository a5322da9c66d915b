/**
 * For each defect a scenario of the catalogue that shows it: for those of consensus and the store the same storm, for the others
 * one in which what they break is challenged. `quorate hunt` does not know this table; it runs every scenario for every defect.
 */
import type { Defect } from '../model/defect.ts';
import { catalogue } from './catalogue/index.ts';
import { storeStorm } from './catalogue/store-storm.ts';
import type { DefectInScenario } from './defect-run.ts';
import type { Scenario } from './define-scenario.ts';
import { defects } from './defects.ts';

/** By defect of the layers above the store, the name of a scenario. */
const platformScenarios: Readonly<Record<string, string>> = {
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
  'unreachable-not-tainted': 'power-stays-away',
  'toleration-ignored': 'power-stays-away',
  'failover-asks-the-holder': 'power-stays-away',
  'names-never-updated': 'region-leaves',
  'old-plans-kept': 'dns-plans-overtake',
  'plans-pile-up': 'dns-plans-overtake',
  'binds-to-silent-nodes': 'fifty-replicas',
  'nodes-overcommitted': 'fifty-replicas',
  'packed-by-region': 'fifty-replicas',
  'unready-stays-published': 'power-stays-away',
  'endpoints-without-catching-up': 'endpoints-change-hands',
  'volume-stays-attached': 'volumes-change-nodes',
  'dns-applied-unconditionally': 'dns-plans-overtake',
  'dns-cleanup-deletes-active': 'dns-plans-overtake',
  'discovery-fails-closed': 'control-plane-gone',
  'eject-without-cap': 'health-checks-fail-everywhere',
  'dead-backends-not-ejected': 'half-dead-switch',
  'never-readmitted': 'half-dead-switch',
  'crash-loops-hot': 'bad-roll-out',
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

/** A defect whose property is about consensus or the store is shown in the storm. */
export function shownIn(defect: Defect): DefectInScenario {
  return { defect, scenario: isOfStore(defect) ? storeStorm : platformScenario(defect.id) };
}

export function isOfStore({ property }: Defect): boolean {
  return /^(raft|store)\//.test(property);
}

/** All of them, in the order of the catalogue of defects. */
export const defectsWithScenarios: readonly DefectInScenario[] = defects.map(shownIn);

function platformScenario(id: string): Scenario {
  const scenario = catalogue.find(({ name }) => name === platformScenarios[id]);
  if (scenario === undefined) throw new RangeError(`nothing says in which scenario ${id} is shown`);
  return scenario;
}
