/** Known mistakes in what surrounds the state machine at a member, each to be switched on by its id. */
import type { Defect } from '../defect.ts';

export const storeHostDefects = [
  {
    id: 'revoke-without-leadership',
    title: 'a member that no longer leads goes on revoking the leases that have expired by its own clock',
    source: 'E10: etcd #15247 (4a90575ab)',
    property: 'store/lease-minimum',
  },
  {
    id: 'keepalive-before-apply',
    title: 'a keepalive is answered without a ReadIndex round, by a leader that may be deposed or behind',
    source: 'E12: etcd PR 13932 (bc5307de9)',
    property: 'store/lease-minimum',
  },
  {
    id: 'proposes-again-on-silence',
    title: 'a member proposes a request once more when it was not applied in time, though the first one may still be',
    source: 'R17: dissertation §6.3, figure 6.7; E08-like: applied more than once',
    property: 'store/applied-once',
  },
  {
    id: 'serve-local-reads',
    title: 'a linearizable range is answered from what this member has applied, without asking the leader',
    source: 'R11: aphyr.com/posts/316 (etcd and Consul, 2014)',
    property: 'store/linearizable-reads',
  },
  {
    id: 'member-acks-before-commit',
    title: 'a put is answered as soon as it is proposed',
    source: 'R30: Jepsen Redis-Raft 1b3fbf6 (uncommitted effects acknowledged)',
    property: 'store/no-lost-write',
  },
  {
    id: 'watch-splits-revisions',
    title: 'a large batch of changes is cut into messages by their number, in the middle of a revision, and nothing says that more comes',
    source: 'etcd PR 9291 without its fragment mark; python-etcd3 #729, a client that resumes inside of a revision',
    property: 'store/watch-atomic',
  },
] as const satisfies readonly Defect[];

export type StoreHostDefectId = (typeof storeHostDefects)[number]['id'];
