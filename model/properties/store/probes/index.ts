/** What must have been seen of the store. */
import type { Property } from '../../../../sim/index.ts';
import { probesOf, sharedCommits, type CommitsOf, type Probe } from '../../shared/probe.ts';
import {
  checkpointOutlivesLeader,
  leaseEndsUnderAnotherLeader,
  leaseLostInFlight,
  lockPassedOn,
  sessionForgotten,
} from './leases.ts';
import { backendTailCut, compactionCut, hashesCompared } from './members.ts';
import { commandRepeated, leaderChangedUnderRequest, lostRace, readCompacted, unknownOutcome } from './requests.ts';
import {
  watchAcrossCompaction,
  watchAcrossRestore,
  watchCancelled,
  watchCaughtUp,
  watchFragmented,
  watchHeldBack,
  watchToldProgress,
} from './watches.ts';

const table: readonly Probe[] = [
  ['watch-caught-up', 'a watch that begins in the past is told what happened since', watchCaughtUp],
  ['watch-held-back', 'events for a watch with a slow consumer have to wait (etcd calls it a victim)', watchHeldBack],
  ['watch-across-compaction', 'a watch continues across a compaction', watchAcrossCompaction],
  ['watch-across-snapshot', 'a watch continues at a member that has installed a snapshot under it', watchAcrossRestore],
  ['watch-cancelled-by-compaction', 'a watch is cancelled because what it still had to see has been compacted', watchCancelled],
  ['watch-fragmented', 'what is too much for one message reaches a watch in parts', watchFragmented],
  ['watch-told-progress', 'a watch without events is told how far it has come', watchToldProgress],
  ['lease-lost-in-flight', 'a lease ends while a write with it, or its renewal, is unanswered', leaseLostInFlight],
  [
    'lease-ends-under-another-leader',
    'a lease ends under a different leader from the one that it was granted under',
    leaseEndsUnderAnotherLeader,
  ],
  ['checkpoint-outlives-leader', 'a lease whose remaining time was noted passes to another leader', checkpointOutlivesLeader],
  ['lock-passed-on', 'what a lock guards is used by one holder after another', lockPassedOn],
  ['session-forgotten', 'the store has ended the session of a client that is still running', sessionForgotten],
  ['command-repeated', 'a command of a session is in the log twice', commandRepeated],
  ['leader-changed-under-request', 'a client is told that the leader has changed under its request', leaderChangedUnderRequest],
  ['unknown-outcome', 'a client does not learn what became of its write', unknownOutcome],
  ['lost-race', 'a txn finds that another client was faster', lostRace],
  ['compacted-read', 'a client asks for a revision that has been compacted', readCompacted],
  ['compaction-cut-short', 'a member ends in the middle of a compaction', compactionCut],
  ['backend-tail-cut', 'a power loss tears a commit of a backend, and the next incarnation cuts it off', backendTailCut],
  ['hashes-compared', 'members have compared their data', hashesCompared],
];

export function storeProbes(commitsOf: CommitsOf = sharedCommits()): readonly Property[] {
  return probesOf('store', commitsOf, table);
}
