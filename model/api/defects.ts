/** Known mistakes of API servers, each to be switched on by its id. */
import type { Defect } from '../defect.ts';

export const apiDefects: readonly Defect[] = [
  {
    id: 'no-fencing',
    title: 'the API server does not compare the fencing token of a leader-only write with the newest grant',
    source:
      'E28 with K21 · Jepsen etcd 3.4.3; client-go leaderelection.go: "does not guarantee that only one client is acting as a leader"',
    property: 'platform/no-stale-side-effects',
  },
  {
    id: 'ack-before-commit',
    title: 'the API server answers a write before the store has committed it',
    source: 'R05 one floor up · an acknowledgement ahead of durability',
    property: 'platform/no-lost-write',
  },
  {
    id: 'ack-unknown-outcome',
    title: 'a write that the store has not answered in time is acknowledged as if it had succeeded',
    source: 'etcd v3_server.go: a timeout is an unknown outcome; Jepsen, indeterminate operations taken for definite ones',
    property: 'platform/no-lost-write',
  },
  {
    id: 'deny-unknown-outcome',
    title: 'a write that the store has not answered in time is refused as if it had not taken place',
    source: 'etcd v3_server.go: a timeout is an unknown outcome; Jepsen, indeterminate operations taken for failed ones',
    property: 'platform/no-phantom-write',
  },
  {
    id: 'reads-fail-open',
    title: 'a read that the store does not answer in time is answered from whatever one of its members has applied',
    source: 'R11 one floor up · aphyr.com/posts/316: reads without a quorum in etcd and Consul, 2014',
    property: 'platform/quorum-loss',
  },
  {
    id: 'watch-past-lost-window',
    title: 'a watch goes on from a version that has left the window of the watch cache, with what is still there',
    source: 'kubernetes watch_cache.go, getAllEventsSinceLocked: "too old resource version"',
    property: 'platform/watch-complete',
  },
  {
    id: 'resume-after-restart-without-gone',
    title: 'a server that has started anew lets a watch go on from before its first list, of which it knows nothing',
    source: 'K28: KEP-1904; kubernetes watch_cache.go, listResourceVersion',
    property: 'platform/watch-complete',
  },
  {
    id: 'bookmark-ahead-of-events',
    title: 'a bookmark names the newest revision that the server has heard of, whatever its watch cache still lacks',
    source: 'E17 one floor up: etcd #15220; KEP-956',
    property: 'platform/watch-complete',
  },
  {
    id: 'feed-begins-again',
    title: 'when the watch that feeds a watch cache is opened anew, it begins at the list again instead of where it was',
    source:
      'etcd clientv3 watch.go: a watch is resumed behind the last revision seen; client-go reflector.go, lastSyncResourceVersion',
    property: 'platform/watch-complete',
  },
  {
    id: 'consistent-read-from-stale-cache',
    title: 'a consistent list is answered from the watch cache before that has come as far as the store',
    source: 'E17 with KEP-2340: "cannot be trusted at all"; kubernetes watch_cache.go, waitUntilFreshAndBlock',
    property: 'platform/consistent-reads',
  },
  {
    id: 'any-read-from-a-member',
    title:
      'a list that may be old shows what one member of the store has applied, even if that is older than what the watch cache has shown',
    source: 'K01: kubernetes #59848; consul #54, PR 68: stale reads at any server',
    property: 'platform/cache-monotonic',
  },
  {
    id: 'relist-keeps-deleted',
    title: 'a watch cache that has to list again adds and changes objects, and never removes what was deleted meanwhile',
    source: 'K08 at the server: kubernetes watch_cache.go, Replace',
    property: 'platform/watch-caches-converge',
  },
  {
    id: 'deletion-ignores-finalizers',
    title: 'a deletion removes the object at once, no matter who still has to clean up after it',
    source: 'K03, FINAL: kubernetes registry/generic/registry/store.go, deletionFinalizersForGarbageCollection',
    property: 'platform/finalizers-kept',
  },
  {
    id: 'deletion-ignores-uid',
    title: 'a deletion removes whatever bears the name, although it says by uid which object it means',
    source: 'K02: zookeeper-operator #312, cassandra-operator #402; apimachinery Preconditions',
    property: 'platform/deletions-meant',
  },
  {
    id: 'admit-whatever-comes',
    title: 'an API server takes on whatever it is asked, and works on requests that nobody waits for any more',
    source: 'O02: AWS, 20 October 2025, recovery of EC2: congestive collapse; OpenAI, 11 December 2024',
    property: 'platform/signs-of-life-first',
  },
  {
    id: 'one-level-for-all',
    title: 'requests for leases and nodes have no seats of their own at an API server, and are refused like any others',
    source: 'K29: openshift/origin #7845; KEP-1040: before priority and fairness, one bound for all requests in flight',
    property: 'platform/signs-of-life-first',
  },
];
