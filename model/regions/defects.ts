/** Known mistakes of what runs in the regions, each to be switched on by its id. */
import type { Defect } from '../defect.ts';

export const regionDefects: readonly Defect[] = [
  {
    id: 'heartbeat-keeps-version',
    title: 'a node whose renewal was not answered asks again with the version of its lease that it knew, and is refused for ever',
    source: 'kubernetes #79096 (PR 79341), nodelease controller: OptimisticLockError; liqo PR 713',
    property: 'platform/recovers',
  },
  {
    id: 'primary-without-deadline',
    title: 'a primary that cannot confirm its office through the control plane goes on taking writes',
    source: 'O08: GitHub, 21 October 2018: the old primary was not fenced; K30',
    property: 'platform/one-primary',
  },
  {
    id: 'data-kept-by-deployment',
    title:
      'what a workload holds of a service is kept for its deployment, and the next service over that, whose epochs begin anew, goes on in it',
    source: 'KIP-516: a topic of Kafka that is deleted and made again meets the logs of the one before; topic ids',
    property: 'platform/replicas-agree',
  },
  {
    id: 'acknowledge-beyond-lag',
    title: 'a primary acknowledges writes however far behind its possible successors are',
    source: 'O08: GitHub, 21 October 2018: asynchronous replication without a bound',
    property: 'platform/bounded-loss',
  },
  {
    id: 'eject-without-cap',
    title: 'a gateway leaves a backend out after its first failed check, and all of them if need be',
    source: 'O03: AWS, 20 October 2025: health checks of the network load balancers',
    property: 'platform/discovery-at-gateways',
  },
  {
    id: 'dead-backends-not-ejected',
    title: 'a gateway sees that checks of a backend fail, and goes on sending it its share of the requests',
    source: 'traefik #6314: a load balancer used all its servers although most had failed their health checks',
    property: 'platform/routed-by-health',
  },
  {
    id: 'never-readmitted',
    title: 'a backend that a gateway has left out stays left out, however many checks it answers afterwards',
    source: 'Kong #5531: a target that had become unhealthy did not become healthy again, although checks went on',
    property: 'platform/routed-by-health',
  },
  {
    id: 'discovery-fails-closed',
    title: 'a gateway that has lost its control plane forgets what it knew',
    source: 'O14: Datadog, 24 September 2020',
    property: 'platform/discovery-at-gateways',
  },
  {
    id: 'dns-applied-unconditionally',
    title:
      'an enactor looks once whether its plan is newer than the one in force, and puts it into force later whatever is there by then',
    source: 'O01: AWS, 20 October 2025: the DNS of DynamoDB, the delayed enactor',
    property: 'platform/dns-plans',
  },
  {
    id: 'dns-cleanup-deletes-active',
    title: 'an enactor clears old DNS plans away without asking whether one of them is in force',
    source: 'O01: AWS, 20 October 2025: the DNS of DynamoDB, the clean-up of the other enactor',
    property: 'platform/dns-plans',
  },
  {
    id: 'old-plans-kept',
    title: 'enactors put new DNS plans into force and never clear old ones away',
    source: 'external-dns, --policy=upsert-only: no record is ever deleted',
    property: 'platform/services-converge',
  },
  {
    id: 'no-local-deadline',
    title: "an agent that cannot renew its node's lease keeps running what has an identity",
    source: 'K30: kubernetes.io, nodes: pods of a partitioned node keep running',
    property: 'platform/identity',
  },
  {
    id: 'flush-on-restart',
    title: 'an agent that starts ends all that runs on its node, before it knows what is wanted',
    source: 'O11: Datadog, March 2023: a restart of all network daemons flushed their rules',
    property: 'platform/undisturbed',
  },
  {
    id: 'stop-only-when-told',
    title: 'an agent ends a workload only if it was seen to be deleted, not when it is gone',
    source: 'K03: Sieve, unobserved states (cassandra-operator#398)',
    property: 'platform/converges',
  },
  {
    id: 'crash-loops-hot',
    title: 'an agent takes each end of a container for its first one, and starts it again after the shortest pause, for ever',
    source: 'kubernetes #4121: a kubelet started what ended at once again in a tight loop',
    property: 'platform/crash-loops-back-off',
  },
];
