/** Known mistakes in what surrounds the state machine at a member, each to be switched on by its id. */
import type { Defect } from '../../defect.ts';

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
    title: 'a member proposes a request again when it was not applied in time, although the first proposal may still be',
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
    title:
      'a large batch of changes is cut into messages by their number, in the middle of a revision, and nothing says that more comes',
    source: 'etcd PR 9291 without its fragment mark; python-etcd3 #729, a client that resumes inside of a revision',
    property: 'store/watch-atomic',
  },
  {
    id: 'index-committed-apart',
    title:
      'the index of the last applied entry is committed before what the entry has changed, so that after a crash in between it is skipped',
    source: 'E01: etcd #13766, the inconsistent data of 3.5 (66c7aab4d)',
    property: 'store/revision-monotonic',
  },
  {
    id: 'defragment-without-index',
    title: 'a defragmentation commits what was applied without its index, so that after a restart entries are applied again',
    source: 'E02: etcd #14685 (563713e12)',
    property: 'store/members-agree',
  },
  {
    id: 'revision-not-restored',
    title:
      'a restart takes the revision from the changes that a compaction has left, and not from the compaction that it finds unfinished',
    source: 'E21: etcd #17780 (c06b17b9f); from 3.5.16 on the delete at the compacted revision is kept, and hides it',
    property: 'store/revision-monotonic',
    needs: { storeCompat: '3.4' },
  },
  {
    id: 'negative-leases-not-recovered',
    title: 'a restart looks for leases from id 0 on, and does not find those with negative ids',
    source: 'E07: etcd #13676 (fd51434b5)',
    property: 'store/members-agree',
  },
  {
    id: 'index-saved-with-keys-only',
    title:
      'an entry that changes no key does not move the index that is committed, so that a grant is applied again after a restart',
    source: 'E08: etcd PR 11935, PR 11652',
    property: 'store/members-agree',
  },
  {
    id: 'defragment-swaps-stale-backend',
    title:
      'a defragmentation that began before a snapshot was installed puts its copy of the old state in the place of the new one',
    source: 'E24: etcd #20271 (41d4324aa)',
    property: 'store/members-agree',
  },
  {
    id: 'failed-hash-counts-as-equal',
    title:
      'the check for corruption takes a member for sound that could not tell its hash, because it is behind, compacted further or out of reach',
    source: 'E26: etcd, post-mortem of the inconsistent data of 3.5 ("both checks have a flaw")',
    property: 'store/sound-members',
  },
  {
    id: 'deletes-read-after-commit',
    title: 'reads find what was deleted until the backend has committed the delete',
    source: 'E23: etcd PR 17230 (2d531a300)',
    property: 'store/linearizable-reads',
  },
] as const satisfies readonly Defect[];
