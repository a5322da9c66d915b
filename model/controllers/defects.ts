/** Known mistakes of controllers, each to be switched on by its id. */
import { ms, seconds } from '../../sim/index.ts';
import type { Defect } from '../defect.ts';

export const controllerDefects: readonly Defect[] = [
  {
    id: 'stale-list-on-restart',
    title: "a controller's first list takes whatever a member of the store has applied, however old",
    source: 'K01: kubernetes #59848, KEP-2340',
    property: 'platform/ordered-observation',
  },
  {
    id: 'come-back-at-once',
    title: 'a client that is told by an API server to come back later comes back at once',
    source: 'K28: KEP-1904, kubernetes #123448; client-go rest/with_retry.go waits for Retry-After',
    property: 'platform/retry-after-kept',
  },
  {
    id: 'no-resync-after-gap',
    title: 'when its watch is compacted away, a controller goes on from now instead of listing again',
    source: 'the design review, recovery: after a gap in a watch, list again; client-go reflector.go',
    property: 'platform/converges',
  },
  {
    id: 'missed-deletion-on-relist',
    title: 'a new list adds and changes objects in the cache, and never removes what is gone',
    source: 'K08: client-go delta_fifo Replace',
    property: 'platform/caches-converge',
  },
  {
    id: 'renew-without-deadline',
    title: 'a leader that cannot renew its lease goes on acting',
    source: 'K20: kubernetes #23731, #44887; cilium PR 42920',
    property: 'platform/single-active',
    // Fencing refuses what it does then.
    needs: { fencing: false },
  },
  {
    id: 'delete-without-token',
    title: 'the deployer deletes workloads without the token of its lease, so that nothing can refuse it',
    source: 'the design review, recovery: a lease goes with a fencing token where an actor that is out of date could do harm',
    property: 'platform/actions-carry-tokens',
  },
  {
    id: 'steal-early',
    title: 'a candidate takes the lease over without waiting for it to run out',
    source: 'client-go leaderelection.go, tryAcquireOrRenew',
    property: 'platform/stable-leadership',
  },
  {
    id: 'fresh-operation-ids',
    title: 'every attempt at an external action goes under an operation id of its own',
    source: 'the design review, safe replay: no dangerous side effect is done twice',
    property: 'platform/safe-replay',
  },
  {
    id: 'detach-unconfirmed',
    title: 'a volume is detached as soon as its workload has been deleted, whether or not that one has ended',
    source: 'kubernetes #106710 (PR 110721): force-detached after a timeout, mounted on a healthy node',
    property: 'platform/volume-writers',
  },
  {
    id: 'volume-deleted-in-use',
    title: 'a volume that is deleted goes at once, under the workload that still writes to it',
    source: 'kubernetes #45143: storage object in use protection (pvc-protection)',
    property: 'platform/volume-writers',
  },
  {
    id: 'attach-noted-afterwards',
    title: 'where a volume is attached is noted after the call, so that after a crash in between nobody knows of it',
    source: 'kubernetes #44858, #94912: dangling attachments of the attach-detach controller',
    property: 'platform/converges',
  },
  {
    id: 'volume-deleted-with-its-workload',
    title: 'the deployer deletes the volume of a workload that it replaces',
    source: 'K02: Sieve, zookeeper-operator#312 deletes the claims of a live cluster; KEP-1847 on what must not own a claim',
    property: 'platform/volume-data-kept',
  },
  {
    id: 'record-before-call',
    title: 'the completion record is written before the external call, so that a crash in between leaves nothing done',
    source: 'K04-like: progress noted ahead of the work',
    property: 'platform/converges',
  },
  {
    id: 'empty-selection-removes-all',
    title:
      'endpoints are selected by the image that the deployment names now, and a selection that matches nothing removes them all',
    source: 'O12: Reddit, 14 March 2023: node labels changed between versions, and a route reflector selector matched nothing',
    property: 'platform/endpoints-never-empty',
  },
  {
    id: 'endpoints-not-watched',
    title:
      "the endpoints controller does not watch what it owns: neither its own late write nor somebody's removal of them wakes it",
    source: 'K11: kubernetes #125638, #127429; K13: kubernetes #85353',
    property: 'platform/services-converge',
    // Who looks at everything again now and then finds it out.
    needs: { resyncUs: seconds(600) },
  },
  {
    id: 'promote-without-waiting',
    title: 'a new primary is named at once, while the old one may still believe itself in office',
    source: 'O08: GitHub, 21 October 2018',
    property: 'platform/one-primary',
  },
  {
    id: 'promote-whoever-is-ready',
    title: 'any ready workload may become the primary, however far it lags behind',
    source: 'O08: GitHub, 21 October 2018; stolon and MySQL failover without a lag bound',
    property: 'platform/bounded-loss',
  },
  {
    id: 'failover-by-one-vantage-point',
    title: 'a primary is replaced when a single gateway cannot reach it',
    source: 'O09: Cloudflare, 2 November 2020',
    property: 'platform/failover-justified',
  },
  {
    id: 'absent-means-deleted',
    title: 'the garbage collector takes an owner that its cache lacks for deleted, and asks nobody',
    source: 'K14: kubernetes #88097',
    property: 'platform/no-harm',
    // Caches whose watches can go on are a few milliseconds apart; those that have to be made anew are so one after the other.
    needs: { watchCacheEvents: 8 },
  },
  {
    id: 'collect-by-name',
    title: 'the garbage collector deletes by name alone, whatever object bears the name by then',
    source: 'K02: Sieve, zookeeper-operator#312, casskop#316: no preconditions on the uid',
    property: 'platform/no-harm',
  },
  {
    id: 'initial-list-not-collected',
    title: 'the garbage collector looks at an object only when it sees its owner go, and never at what it finds when it begins',
    source: 'K15: kubernetes #109748',
    property: 'platform/no-orphans',
  },
  {
    id: 'malformed-object-crashes',
    title: 'an object that makes no sense ends the whole controller, in every region, and again after each restart',
    source: 'O07: Google Cloud, 12 June 2025, Service Control',
    property: 'platform/converges',
  },
  {
    id: 'finalizers-without-version',
    title: 'a controller replaces the list of finalizers by one made of what it has seen, whatever stands there by now',
    source: 'K25: kubermatic #6759, tigera/operator PR 4492, kopf PR 1236',
    property: 'platform/finalizers-kept',
  },
  {
    id: 'no-read-your-writes',
    title: 'a controller acts again on a cache that does not yet show its own writes',
    source: 'K05: kuberay#715, cloud-on-k8s PR 290, KEP-5647',
    property: 'platform/count',
  },
  {
    id: 'progress-in-memory',
    title: 'the deployer replaces a missing identity only if it remembers having taken it away itself',
    source: 'K04: Sieve, intermediate states of operators (rabbitmq-operator, resize of a claim)',
    property: 'platform/converges',
  },
  {
    id: 'wait-for-broken-version',
    title: 'the deployer waits until a version that is being rolled out is ready before it rolls out the next one',
    source: 'K26: Acto (cloudnative-pg#282, zookeeper-operator#547, kubernetes#67250)',
    property: 'platform/converges',
  },
  {
    id: 'rolls-on-when-paused',
    title: 'a roll-out that is paused under way goes on to its end',
    source: 'K26: kubernetes deployment/sync.go: a Deployment that is paused is scaled, and nothing else',
    property: 'platform/count',
  },
  {
    id: 'duplicates-removed-without-end',
    title: 'one of two workloads that share a node is taken away, for the scheduler to put the next one there, again and again',
    source: 'K27: descheduler #263, #252: RemoveDuplicates, with more replicas than nodes; Kivi (arXiv 2311.02800)',
    property: 'platform/converges',
  },
  {
    id: 'volume-stays-attached',
    title: 'a volume that nobody uses any more stays attached to where it was used last',
    source: 'kubernetes #34242: volumes stayed attached for ever when the deletion of their pod was missed',
    property: 'platform/converges',
    needs: { volumes: true },
  },
  {
    id: 'unreachable-not-tainted',
    title: 'a silent node is said to be silent, and never gets the taint upon which it is emptied',
    source: 'kubernetes #94183, #101674: no unreachable:NoExecute taint on nodes that were NotReady',
    property: 'platform/losses-made-good',
  },
  {
    id: 'toleration-ignored',
    title: 'what runs on a node that is given up is evicted at once, instead of after its toleration',
    source: 'kubernetes/website #34066: a pod that goes at once, without waiting for its tolerationSeconds',
    property: 'platform/contained',
  },
  {
    id: 'failover-asks-the-holder',
    title: 'a primary is replaced only while it looks alive, so that a dead one keeps its office until it is back',
    source: 'mariadb-operator #1628, #1846: nobody was promoted until the node of the dead primary came back',
    property: 'platform/losses-made-good',
  },
  {
    id: 'names-never-updated',
    title: 'a service that has a DNS plan gets no other one, wherever its backends go',
    source: 'external-dns #2111, #2313: records went on leading to load balancers that were gone',
    property: 'platform/services-converge',
  },
  {
    id: 'unready-stays-published',
    title: 'a workload that was published stays published for as long as it is there, ready or not',
    source: 'kubernetes #17284, #109998: endpoints went on naming pods of nodes that were gone; #54723',
    property: 'platform/published-are-ready',
    // What is evicted soon is gone soon.
    needs: { tolerationUs: seconds(20) },
  },
  {
    id: 'endpoints-without-catching-up',
    title: 'a new leader publishes what its caches show, however old that is',
    source: 'kubernetes #124547, #127429: the endpoints controller decided by a cache that was behind',
    property: 'platform/published-are-ready',
  },
  {
    id: 'plans-pile-up',
    title: 'every DNS plan that was ever made stays in the store',
    source: 'kubernetes #23597, #38745: without a revisionHistoryLimit the old ReplicaSets of a Deployment were all kept',
    property: 'platform/services-converge',
  },
  {
    id: 'binds-to-silent-nodes',
    title: 'the scheduler takes a node that was given up for one that is ready',
    source: 'kubernetes scheduler: nodes that are not ready are not fit (CheckNodeCondition, since 1.12 the taint not-ready)',
    property: 'platform/sound-placement',
  },
  {
    id: 'nodes-overcommitted',
    title: 'the scheduler puts workloads on nodes that have no room for them',
    source: 'kubernetes scheduler, noderesources/fit.go: too many pods',
    property: 'platform/sound-placement',
    // What the scenario wants fits in three regions, and not in two.
    needs: { nodeCapacity: 11 },
  },
  {
    id: 'packed-by-region',
    title: 'the scheduler spreads over nodes, and does not look at their regions',
    source: 'KEP-895: even pods spreading across failure domains (PodTopologySpread)',
    property: 'platform/sound-placement',
  },
  {
    id: 'evict-when-blind',
    title: 'the node lifecycle controller empties nodes even when it hears from none at all',
    source: 'K17: kubernetes #28832, #32510, #30536; handleDisruption',
    property: 'platform/contained',
  },
  {
    id: 'evict-without-limit',
    title: 'all nodes of a zone are given up at once',
    source: 'O05: AWS EBS 2011, the re-mirroring storm',
    property: 'platform/contained',
  },
  {
    id: 'silence-by-cache',
    title:
      'the node lifecycle controller gives a node up because its cache shows no renewal, and does not ask whether there is one',
    source: 'K18: KEP-5647, circuit breaking on a stale lease cache',
    property: 'platform/contained',
  },
  {
    id: 'retry-without-pause',
    title: 'work that has failed is taken up again at once, however often it has failed',
    source:
      'N02: nomad #14915: evaluations that fail are put back faster than they drain; client-go workqueue, ItemExponentialFailureRateLimiter',
    property: 'platform/failures-back-off',
  },
  {
    id: 'drain-any-region',
    title: 'when a region is drained the nodes of all regions are emptied',
    source: 'O06: Google, June 2019: maintenance selected the jobs of several locations',
    property: 'platform/contained',
  },
  {
    id: 'force-delete-unconfirmed',
    title: 'what runs on a node that is given up is removed at once, whether or not it has ended',
    source: 'K24: kubernetes #54368, a StatefulSet with twins',
    property: 'platform/identity',
    // An agent that ends by itself what has an identity is sooner.
    needs: { agentDeadlineUs: seconds(30) },
  },
  {
    id: 'replaced-taken-for-same',
    title: 'an object that was deleted and made again while nobody looked is taken for the one that bore its name before',
    source: 'K10: client-go shared_informer.go: delete and create may come as one update',
    property: 'platform/no-orphans',
    // A watch that can go on tells of both.
    needs: { watchCacheEvents: 8 },
  },
  {
    id: 'owned-objects-not-watched',
    title: 'the deployer is not woken by what becomes of the workloads that it has made',
    source: 'K13: kubernetes #85353',
    property: 'platform/converges',
    // Who looks at everything again now and then finds it out.
    needs: { resyncUs: seconds(600) },
  },
  {
    id: 'expectations-expire',
    title: 'what a controller has waited for too long counts as seen, and it acts on its cache as it is',
    source: 'K06: kubernetes #129795, controller_utils.go',
    property: 'platform/count',
    // What an API server writes and what it watches go through one connection, so that a watch lags
    // by milliseconds and not by minutes.
    needs: { ownWrites: 'expectations', expectationsUs: ms(10) },
  },
];
