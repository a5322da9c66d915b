/** The decisive moments of the defects of Raft and the store. */
import type { DecisiveMoment, DecisiveMoments } from './decisive-moment.ts';

/** Whoever should not have known the answer gives it, as of the revision that gives it away. */
const staleAnswer: DecisiveMoment = {
  kind: /^store\/(range|txn) answer$/,
  says: /answered at revision (?<revision>\d+)/,
  failure: /shows revision (?<revision>\d+)/,
};
/** The vote by which somebody leads who lacks something. */
const fatalVote: DecisiveMoment = {
  kind: /^raft\/vote-response$/,
  says: /→ (?<candidate>store-\d+): grant the vote in term (?<term>\d+)/,
  failure: /^(?<candidate>store-\d+) leads term (?<term>\d+) without/,
};
/** It says that it holds what a loss of power still takes. */
const hastyAnswer: DecisiveMoment = {
  kind: /^raft\/append-response$/,
  says: /hold everything up to entry \d+/,
  failure: /^entry \d+ of term \d+ is applied|loses entry|without entry/,
};
/** A member takes up what its disk has kept, and that is not what it was. */
const wrongRestart: DecisiveMoment = {
  kind: /^store\/state-restored$/,
  says: /member (?<member>\d+) restores the snapshot of entry \d+/,
  failure: /member (?<member>\d+) is at revision/,
};
/** A snapshot is installed without a part of what was in the state. */
const partialSnapshot: DecisiveMoment = {
  kind: /^store\/state-restored$/,
  says: /member (?<member>\d+) restores the snapshot of entry (?<entry>\d+)/,
  failure: /^after entry (?<entry>\d+) member (?<member>\d+) is at revision/,
};
/** Not the first of the run: it takes up leases that another one has timed. */
const newLeader = /^store-\d+ is leader .*\(term (?:[2-9]|\d\d+)\)/;

export const momentsOfConsensus: DecisiveMoments = {
  // ── Raft's core ────────────────────────────────────────────────────────────────────────────────────────────────────

  // An entry of an older term counts as committed, and is applied.
  'commit-older-term': {
    kind: /^raft\/applied$/,
    says: /applies entry (?<entry>\d+) \(term (?<term>\d+)\)/,
    failure: /entry (?<entry>\d+) of term (?<term>\d+)/,
  },
  // The vote that its voter forgets.
  'vote-before-sync': {
    kind: /^raft\/vote-response$/,
    says: /^(?<voter>store-\d+) → .*: grant the vote in term (?<term>\d+)/,
    failure: /^(?<voter>store-\d+) (?:votes|and) .* term (?<term>\d+)/,
  },
  'ack-before-sync': hastyAnswer,
  // A late append, which ends before the log does.
  'stale-append-truncates': {
    kind: /^raft\/append$/,
    says: /→ (?<member>store-\d+): append (?:entry|nothing|\d+ entries).* after \d+/,
    failure: /^(?<member>store-\d+) (?:loses|leads)/,
  },
  'snapshot-drops-suffix': {
    kind: /^raft\/snapshot$/,
    says: /→ (?<member>store-\d+): install the snapshot at \d+/,
    failure: /^(?<member>store-\d+) loses entry/,
  },
  // An append is taken whose predecessor is another entry there.
  'skip-previous-term-check': {
    kind: /^raft\/append$/,
    says: /→ (?<member>store-\d+): append (?:entry|\d+ entries).* after \d+/,
    failure: /^(?<member>store-\d+) holds entry/,
  },
  'read-without-quorum': staleAnswer,
  // A round of reads begins when the new leader does not know yet what is committed.
  'read-before-own-commit': { kind: /^raft\/heartbeat$/, says: /heartbeat of term \d+, commit 0, round \d+ of reads/ },
  // Whoever comes back in an older term has forgotten the newer one.
  'term-not-restored': {
    kind: /^process\/starts$/,
    says: /^(?<member>store-\d+) starts again/,
    failure: /^(?<member>store-\d+) (?:stores|speaks in) term/,
  },
  // It begins to lead, and clears away what it should send.
  'leader-overwrites-own-log': {
    kind: /^change$/,
    says: /^(?<leader>store-\d+) is leader .*\(term (?<term>\d+)\)/,
    failure: /^(?<leader>store-\d+) leads term (?<term>\d+) and writes/,
  },
  'commit-not-monotonic': {
    kind: /^raft\/(heartbeat|append)$/,
    says: /→ (?<member>store-\d+): .*, commit (?<commit>\d+)/,
    failure: /^(?<member>store-\d+) (?:stores|tells) commit (?<commit>\d+)/,
  },
  'commit-past-match': {
    kind: /^raft\/heartbeat$/,
    says: /→ (?<member>store-\d+): heartbeat of term \d+, commit [1-9]/,
    failure: /^(?<member>store-\d+) applies another entry/,
  },
  // The answer to a round that was under way when the read was asked for.
  'read-joins-old-round': {
    kind: /^raft\/heartbeat-response$/,
    says: /answer the heartbeat of term \d+, round \d+ of reads/,
    failure: /shows revision/,
  },
  'lease-without-margin': staleAnswer,
  'compacted-term-forgotten': fatalVote,
  // A second change goes out while the first is not applied.
  'overlapping-changes': { kind: /^raft\/append$/, says: /entry \d+ changes the members: add-voter \d+/ },
  // The leader's word, which the member whose term ran ahead does not answer.
  'old-leader-not-answered': {
    kind: /^raft\/(heartbeat|append)$/,
    says: /→ (?<member>store-\d+): /,
    failure: /^(?<member>store-\d+) does not hold entry/,
  },
  // One that is not answered: from there on it takes twice as long each time until the next.
  'heartbeats-back-off': {
    kind: /^raft\/heartbeat$/,
    says: /sends store-\d+: heartbeat of term (?<term>\d+)/,
    failure: /goes on leading term (?<term>\d+), and has not sent/,
  },
  // One is on its way to a member that is to be told nothing else until it answers.
  'lost-snapshot-awaited': {
    kind: /^raft\/snapshot$/,
    says: /→ (?<member>store-\d+): install the snapshot at \d+/,
    failure: /(?<member>store-\d+) has applied entry \d+ of \d+/,
  },
  // It hands over; its lease ends with that, or should.
  'lease-outlives-transfer': { kind: /^(change|raft\/timeout-now)$/, says: /tell it to campaign after term \d+/ },
  // The term in which the vote is asked for passes for that of the log's last entry.
  'term-as-log-progress': {
    kind: /^raft\/vote$/,
    says: /ask for a vote in term (?<term>\d+), log ends at \d+ \(term \k<term>\)/,
    failure: /leads term (?<term>\d+) without/,
  },
  'snapshot-term-ignored': fatalVote,
  'catch-up-acked-before-sync': hastyAnswer,
  'change-before-own-commit': { kind: /^raft\/append$/, says: /entry \d+ changes the members: / },
  'older-pre-vote-dropped': { kind: /^raft\/pre-vote$/, says: /ask whether there would be a vote in term \d+/ },

  // ── Raft's host ────────────────────────────────────────────────────────────────────────────────────────────────────

  // With the entry that a snapshot is due at, what the old one needs goes.
  'release-before-snapshot': {
    kind: /^raft\/applied$/,
    says: /^(?<member>store-\d+): member \d+ applies entry (?<entry>\d+) /,
    failure: /^the log of (?<member>store-\d+) begins after entry (?<entry>\d+)/,
  },
  'hard-state-before-snapshot': {
    kind: /^raft\/snapshot$/,
    says: /→ (?<member>store-\d+): install the snapshot at (?<entry>\d+)/,
    failure: /^(?<member>store-\d+) has logged that it holds the snapshot at (?<entry>\d+)/,
  },
  // One entry after the other, and no snapshot between.
  'snapshot-never-taken': {
    kind: /^raft\/applied$/,
    says: /^(?<member>store-\d+): member \d+ applies entry \d+/,
    failure: /^(?<member>store-\d+) has applied/,
  },
  // The disk fails, and its owner goes on leading.
  'leads-with-failing-disk': { kind: /^fault\/(rot|stall-disk)$/, says: /^fault: (?:rot a record of snapshot|stall-disk)/ },
  // The sync that loses what is acknowledged after it.
  'failed-sync-tried-again': {
    kind: /^fault\/fail-writes$/,
    says: /^fault: fail-writes/,
  },
  'rejoins-under-old-id': {
    kind: /^process\/starts$/,
    says: /^(?<member>store-\d+) starts again/,
    failure: /^(?<member>store-\d+) (?:begins the log|votes|leads)/,
  },
  'configuration-from-start': {
    kind: /^process\/starts$/,
    says: /^(?<member>store-\d+) starts again/,
    failure: /^(?<member>store-\d+) keeps \{/,
  },
  'promotion-not-persisted': { kind: /^raft\/(append|applied)$/, says: /changes the members.* add-voter \d+/ },
  // The leader that joined later is heard, and not answered.
  'answer-named-members-only': {
    kind: /^raft\/heartbeat$/,
    says: /→ (?<member>store-\d+): heartbeat of term/,
    failure: /^(?<member>store-\d+) does not hold entry/,
  },
  // Nobody was asked beforehand.
  'no-pre-vote': {
    kind: /^raft\/vote$/,
    says: /ask for a vote in term (?<term>\d+)/,
    failure: /calls an election in term (?<term>\d+)/,
  },
  'leader-never-steps-down': {
    kind: /^change$/,
    says: /is leader .*\(term (?<term>\d+)\)/,
    failure: /goes on leading term (?<term>\d+)/,
  },

  // ── the store's machine and watches ────────────────────────────────────────────────────────────────────────────────

  'restored-watchers-forgotten': {
    kind: /^store\/state-restored$/,
    says: /^(?<member>store-\d+): member \d+ restores the snapshot/,
    failure: /watch (?<member>store-\d+)\//,
  },
  // It had no room, or its member got a snapshot: then it is caught up, from where it is not any more.
  'restored-watchers-sent-again': {
    kind: /^store\/(watch-held-back|state-restored)$/,
    says: /^(?<member>store-\d+): (?:the consumer of watch \S+ has no room|member \d+ restores the snapshot)/,
    failure: /watch (?<member>store-\d+)\//,
  },
  // There is no room to tell it that it has fallen behind the compaction.
  'compacted-watch-skips-ahead': {
    kind: /^store\/watch-held-back$/,
    says: /the consumer of watch (?<watch>\S+) has no room/,
    failure: /watch (?<watch>\S+) of .* but never/,
  },
  'tombstone-at-compaction-dropped': {
    kind: /^store\/entry-result$/,
    says: /compacted to revision (?<revision>\d+)/,
    failure: /but never the delete of \S+ at revision (?<revision>\d+)/,
  },
  // It is asked how far the watch has come, and the answer comes before the events.
  'progress-ahead-of-events': {
    kind: /^store\/watch-progress$/,
    says: /asks how far watch (?<watch>\S+) has come/,
    failure: /watch (?<watch>\S+) of .* is told that it has seen/,
  },
  'progress-waits-for-event': {
    kind: /^store\/watch-progress$/,
    says: /^(?<client>client-\d+) → .*: asks how far watch/,
    failure: /^(?<client>client-\d+) has waited since/,
  },
  'missing-value-differs': { kind: /^store\/txn$/, says: / if .*value of \S+ != / },
  // It fails, and there is a revision more.
  'txn-half-applied': {
    kind: /^store\/entry-result$/,
    says: /member (?<member>\d+): entry (?<entry>\d+) Err\w+, revision \d+/,
    failure: /member (?<member>\d+) answers entry (?<entry>\d+)/,
  },
  'follower-skips-txn-reads': {
    kind: /^store\/entry-result$/,
    says: /member (?<member>\d+): entry (?<entry>\d+) /,
    failure: /member (?<member>\d+) answers entry (?<entry>\d+)/,
  },
  'snapshot-forgets-leases': partialSnapshot,
  // It leads again, and takes up what it knew when it last did.
  'lease-expires-early': { kind: /^change$/, says: /^store-\d+ is leader again/ },
  'promotion-starts-no-clock': { kind: /^change$/, says: newLeader },
  'checkpoints-lost-on-promotion': { kind: /^change$/, says: newLeader },
  'session-without-lookup': {
    kind: /^raft\/applied$/,
    says: /applies entry (?<entry>\d+) \(term \d+\): (?<request>\S+)/,
    failure: /request (?<request>\S+) out as entry (?<entry>\d+)/,
  },
  'snapshot-forgets-sessions': partialSnapshot,

  // ── the store's member ─────────────────────────────────────────────────────────────────────────────────────────────

  // A member that follows has something to propose of its own: that a lease be over.
  'revoke-without-leadership': {
    kind: /^raft\/propose$/,
    says: /^(?<member>store-\d+) → store-\d+: forward \k<member>\/\d+:\d+ to the leader/,
  },
  'keepalive-before-apply': {
    kind: /^store\/keep-alive answer$/,
    says: /lease (?<lease>-?\d+) (?:lives on|is gone)/,
    failure: /lease (?<lease>-?\d+)/,
  },
  // What was forwarded, or applied, comes once more.
  'proposes-again-on-silence': {
    kind: /^raft\/(propose|applied)$/,
    says: /(?:forward|applies entry (?<entry>\d+) \(term \d+\):) (?<request>\S+)/,
    failure: /request (?<request>\S+) is applied as entry \d+, and again as entry (?<entry>\d+)/,
  },
  'serve-local-reads': staleAnswer,
  'member-acks-before-commit': {
    kind: /^store\/put answer$/,
    says: /→ (?<client>client-\d+): store\/put: answered/,
    failure: /^(?<client>client-\d+) was told/,
  },
  // More of the revision is to come than is sent.
  'watch-splits-revisions': {
    kind: /^store\/watch answer$/,
    says: /sends client-\d+: watch .*: \d+ events to revision (?<revision>\d+)/,
    failure: /is sent a part of revision (?<revision>\d+)/,
  },
  // The index was on disk, what it stands for was not: the next life shows it.
  'index-committed-apart': wrongRestart,
  'defragment-without-index': { kind: /^store\/defragmented$/, says: /its backend has been defragmented/ },
  'revision-not-restored': wrongRestart,
  'negative-leases-not-recovered': wrongRestart,
  'index-saved-with-keys-only': wrongRestart,
  'defragment-swaps-stale-backend': { kind: /^store\/defragmented$/, says: /its backend has been defragmented/ },
  'failed-hash-counts-as-equal': {
    kind: /^store\/corruption-checked$/,
    says: /member (?<member>\d+) finds members .* sound/,
    failure: /^member (?<member>\d+), with hash/,
  },
  'deletes-read-after-commit': staleAnswer,

  // ── what clients do with it ────────────────────────────────────────────────────────────────────────────────────────

  // It is refused, and does not go elsewhere.
  'client-stays-with-who-refuses': {
    kind: /^rpc\/refusal$/,
    says: /→ (?<client>client-\d+): refused: ErrNoLeader/,
    failure: /(?<client>client-\d+)'s store\//,
  },
  // Those before it are gone, and so is its own key.
  'lock-without-second-look': {
    kind: /^store\/(range|watch) answer$/,
    says: /→ (?<client>client-\d+): /,
    failure: /^(?<client>client-\d+) was told that it holds/,
  },
  // A write that asks nothing of the lock's key.
  'lock-without-guard': {
    kind: /^store\/txn$/,
    says: /txn: put (?<key>counter\/\d+)$/,
    failure: /^(?<key>counter\/\d+) is written under token/,
  },
  'resource-ignores-token': {
    kind: /^guarded-resource\/used$/,
    says: /(?<client>client-\d+) uses what (?<lock>\d+) guards, under token (?<token>\d+)/,
    failure: /what (?<lock>\d+) guards is used by (?<client>client-\d+) under token (?<token>\d+) after/,
  },
};
