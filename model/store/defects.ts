/** The store's catalogue of switchable defects: real bugs, each one wrong line beside the healthy one. */
import type { Defect } from '../defect.ts';
import { clientDefects } from './client/defects.ts';
import { concurrencyDefects } from './concurrency/defects.ts';
import { storeHostDefects } from './member/defects.ts';

/**
 * Those of the state machine and its watches, then those of the member around them, then those
 * of its clients and of their recipes.
 */
export const storeDefects: readonly Defect[] = [
  {
    id: 'restored-watchers-forgotten',
    title: 'after a snapshot is installed, watchers are kept but no longer found by key',
    source: 'E15: etcd PR 9281 (fcab10bb2)',
    property: 'store/watch-bookmark',
  },
  {
    id: 'restored-watchers-sent-again',
    title:
      'a watcher that keeps up does not note how far it has come, so that everything is sent to it again when a snapshot is installed',
    source: 'E15-like: etcd #15271 (PR 15439)',
    property: 'store/watch-ordered',
  },
  {
    id: 'compacted-watch-skips-ahead',
    title: 'a watcher behind the compaction whose outbox is full goes on at the current revision instead of being cancelled',
    source: 'E16: etcd #17529 (46d2caae1)',
    property: 'store/watch-no-gap',
  },
  {
    id: 'tombstone-at-compaction-dropped',
    title: 'compaction removes a delete made exactly at the compacted revision, which a watch may still ask for',
    source: 'E19: etcd #18089 (8d98510e1)',
    property: 'store/watch-no-gap',
  },
  {
    id: 'progress-ahead-of-events',
    title: 'a progress notification is sent to a watcher that still has events to come',
    source: 'E17: etcd #15220 (cd019255b)',
    property: 'store/watch-bookmark',
  },
  {
    id: 'progress-waits-for-event',
    title: 'a progress notification is put off until its watch has an event to be sent, which may never come',
    source: 'E18: etcd PR 17566 (579b22cf3)',
    property: 'store/watch-progress',
  },
  {
    id: 'missing-value-differs',
    title: 'the value of a missing key differs from every value, so that != holds for it',
    source: 'etcd applyCompare: what one would expect, and etcd does not do',
    property: 'store/answers-as-specified',
  },
  {
    id: 'txn-half-applied',
    title: 'a txn that fails in the middle keeps the writes made before the failure',
    source: 'E04: etcd PR 18799 (dea4eb3e9)',
    property: 'store/answers-as-specified',
  },
  {
    id: 'follower-skips-txn-reads',
    title: 'members other than the one that took the request skip the reads of a txn, and with them the check for compaction',
    source: 'E05: etcd #18667 (cb56c8ad0)',
    property: 'store/members-agree',
  },
  {
    id: 'snapshot-forgets-leases',
    title: 'installing a snapshot reloads keys only, not the lease table',
    source: 'E25: etcd #14571',
    property: 'store/members-agree',
  },
  {
    id: 'lease-expires-early',
    title: 'a member that leads again takes up the expiry times of its former term, ignoring renewals made elsewhere since',
    source: 'E10-like: etcd #15247 (4a90575ab)',
    property: 'store/lease-minimum',
  },
  {
    id: 'promotion-starts-no-clock',
    title: 'a member that begins to lead times only the leases granted or renewed since, so that those of dead clients never end',
    source: 'E09, C02: etcd #9888, leases that outlive their holder by changes of leader',
    property: 'store/lease-end',
  },
  {
    id: 'checkpoints-lost-on-promotion',
    title:
      'a member that begins to lead gives every lease its full TTL whatever was noted as left, and notes nothing down itself',
    source: 'E09: etcd #9888 (PR 13508)',
    property: 'store/lease-end',
  },
  {
    id: 'session-without-lookup',
    title: 'a command that its client repeats in a session is carried out again',
    source: 'R17: dissertation §6.3, figure 6.7',
    property: 'store/applied-once',
    needs: { clientSessions: 16 },
  },
  {
    id: 'snapshot-forgets-sessions',
    title: 'the sessions of clients are not in snapshots, so that a member that has installed one recognises no repetition',
    source: 'R18: dissertation §5.1, §6.3',
    property: 'store/members-agree',
    needs: { clientSessions: 16 },
  },
  ...storeHostDefects,
  ...clientDefects,
  ...concurrencyDefects,
];
