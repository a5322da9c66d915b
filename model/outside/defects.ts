/** Known mistakes at the border to outside systems, each to be switched on by its id. */
import type { Defect } from '../defect.ts';

export const outsideDefects: readonly Defect[] = [
  {
    id: 'no-seal',
    title: 'a new leader acts without sealing its token first, and the external system accepts whatever comes',
    source: 'H01: Chubby, sequencers and lock-delay; client-go leaderelection.go',
    property: 'platform/single-active',
  },
  {
    id: 'volume-takes-writes-of-anybody',
    title: 'the provider takes writes to a volume from whoever knows its id, attached or not',
    source: 'H01: Kleppmann, "How to do distributed locking" (2016): storage that checks no fencing token; the delayed write',
    property: 'platform/volume-writers',
  },
  {
    id: 'artifact-acks-before-durable',
    title: 'an artifact registry acknowledges an image before it is on its disk',
    source: 'own · R05 in a registry: an acknowledgement ahead of durability',
    property: 'platform/artifacts-kept',
  },
  {
    id: 'artifact-kept-by-name',
    title: 'an artifact registry keeps the content under the name of its repository, where the next push overwrites it',
    source: 'own · OCI distribution: only what is addressed by digest is immutable',
    property: 'platform/artifact-content',
  },
  {
    id: 'artifact-silence-is-absence',
    title: 'an artifact registry takes the silence of another region for its word that it does not have an image',
    source: 'pulp_container #1642: a remote that could not be reached was told to clients as a manifest that is not found',
    property: 'platform/artifacts-absent',
  },
  {
    id: 'image-pulled-by-tag',
    title: 'a node pulls the latest image of a repository instead of the one whose digest desired state names',
    source: 'own · Kubernetes documentation on images: a mutable tag makes it hard to tell which version is running',
    property: 'platform/artifact-content',
  },
  {
    id: 'log-acks-before-durable',
    title: 'a collector acknowledges log lines before they are on its disk, and their source forgets them',
    source: 'own · OpenTelemetry collector: data in a queue in memory is lost when it ends, unless the queue is persistent',
    property: 'platform/logs-whole',
  },
  {
    id: 'log-kept-twice',
    title: 'a collector does not check whether it already has the lines that a source sends again',
    source: 'own · at-least-once pipelines (Fluentd, Vector): a lost acknowledgement makes duplicates',
    property: 'platform/logs-whole',
  },
  {
    id: 'log-loss-uncounted',
    title: 'a full buffer drops log lines, and nobody counts them',
    source: 'own · OpenTelemetry: otelcol_exporter_enqueue_failed_log_records exists because silent loss was not seen',
    property: 'platform/logs-whole',
  },
  {
    id: 'event-counted-again',
    title: 'a collector adds up counts of an event that are totals already',
    source: 'own · client-go EventAggregator: a count is patched in, not added',
    property: 'platform/events-counted',
  },
  {
    id: 'telemetry-blocks-renewals',
    title: 'a node waits until its log lines are kept before it renews its lease',
    source: 'O10 · Roblox, October 2021: what was to observe the platform stood on the path of what it observed',
    property: 'platform/telemetry-never-blocks',
  },
  {
    id: 'status-takes-the-last',
    title: 'a status store takes whatever report came last for the newest',
    source: 'own · K01 in a store of status: an older view of a node overwrites a newer one',
    property: 'platform/status-kept',
  },
  {
    id: 'status-ignores-restarts',
    title: 'a status store counts the reports of a node across its restarts, and refuses what the agent says after a restart',
    source: 'own · heartbeats ordered by a counter that begins anew (K18 in a store of status)',
    property: 'platform/status-kept',
  },
  {
    id: 'status-gives-up-peers',
    title: 'a status store that once failed to share with a region never shares with it again',
    source: 'C01 · Consul #839: anti-entropy that is not periodic never repairs',
    property: 'platform/status-newest',
  },
  {
    id: 'regional-acks-before-durable',
    title: 'a regional store acknowledges a write before it is on its disk',
    source: 'own · Cassandra: with commitlog_sync: periodic, what was acknowledged since the last sync goes with the power',
    property: 'platform/regional-durable',
  },
  {
    id: 'regional-wall-clock',
    title: 'a regional store stamps writes by the wall clock alone: where clocks differ, a write may lose to what it was made to replace',
    source: 'own · last writer wins by wall clocks, as in Cassandra (Kingsbury, "The trouble with timestamps", 2013)',
    property: 'platform/regional-convergence',
  },
  {
    id: 'regional-tombstones-forgotten',
    title: 'a regional store forgets when it deleted a key, and takes an older version back in',
    source: 'own · Cassandra: deleted data comes back when gc_grace is shorter than a repair',
    property: 'platform/regional-last-writer',
  },
];
