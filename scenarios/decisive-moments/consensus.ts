/** The decisive moments of the defects of Raft and the store. */
import type { DecisiveMoments } from './decisive-moment.ts';

export const momentsOfConsensus: DecisiveMoments = {
  // An entry of an older term counts as committed, and is applied.
  'commit-older-term': { kind: /^raft\/applied$/, says: /applies entry \d+ \(term \d+\)/ },
  // The vote that its voter forgets.
  'vote-before-sync': { kind: /^raft\/vote-response$/, says: /grant the vote in term \d+/ },
  // What is not on enough disks yet counts as committed, and is applied.
  'ack-before-sync': { kind: /^raft\/applied$/, says: /applies entry \d+/ },
  'stale-append-truncates': { kind: /^raft\/append$/, says: /append .* after \d+/ },
  // Whoever comes back in an older term has forgotten the newer one.
  'term-not-restored': { kind: /^process\/starts$/, says: /starts again/ },
  // A read is answered by somebody who cannot know.
  'read-without-quorum': { kind: /^store\/(range|txn) answer$/, says: /answered/ },
  'serve-local-reads': { kind: /^store\/(range|txn) answer$/, says: /answered/ },
  'member-acks-before-commit': { kind: /^store\/put answer$/, says: /store\/put: answered/ },
  'txn-half-applied': { kind: /^store\/txn$/, says: /txn: .*put/ },
  'follower-skips-txn-reads': { kind: /^store\/entry-result$/, says: /entry \d+/ },
  // The index was on disk, what it stands for was not: the next life shows it.
  'index-committed-apart': { kind: /^process\/starts$/, says: /starts again/ },
  'revision-not-restored': { kind: /^process\/starts$/, says: /starts again/ },
  'snapshot-forgets-leases': { kind: /^store\/state-restored$/, says: /restores the snapshot/ },
  // A member that follows has something to propose of its own: that a lease be over.
  'revoke-without-leadership': { kind: /^raft\/(propose|applied)$/, says: /store-\d+\/\d+:\d+/ },
  // It leads again, and takes up what it knew when it last did.
  'lease-expires-early': { kind: /^change$/, says: /is leader/ },
  'keepalive-before-apply': { kind: /^store\/keep-alive answer$/, says: /lives on|is gone/ },
  'compacted-watch-skips-ahead': { kind: /^store\/watch answer$/, says: /watch \S+: \d+ events/ },
};
