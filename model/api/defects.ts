/** Known mistakes of API servers, each to be switched on by its id. */
import type { Defect } from '../defect.ts';

export const apiDefects: readonly Defect[] = [
  {
    id: 'no-fencing',
    title: 'the API server does not hold the fencing token of a leader-only write against the newest grant',
    source: 'E28 with K21 · Jepsen etcd 3.4.3; client-go leaderelection.go: "does not guarantee that only one client is acting as a leader"',
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
];
