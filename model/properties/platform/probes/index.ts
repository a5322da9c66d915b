/** What must have been seen of the platform. */
import type { Property } from '../../../../sim/index.ts';
import { probe, type Probe } from '../../probe.ts';
import type { ApiCallsOf } from '../api/calls.ts';
import type { JournalOf } from '../journal.ts';
import { clockStepsWhileLeading, deposedAlive, leaderChangeUnderRequest, leaseTakeover, pausedLeaderResumed, quorumRegained, snapshotInstalled, unknownOutcome } from './authority.ts';
import { bookmarkUsed, conflictOvercome, paged, refusedWith, relisted } from './clients.ts';
import { imageFromElsewhere, recordsDropped, repetitionRecognised } from './outside.ts';
import { backendRecovered, epochRefused, oldPrimaryAlive, planRaced, primaryReplaced, servedLastGood, usersWentWithout } from './services.ts';
import type { PlatformSight } from './sight.ts';
import { volumeHeldInUse, volumeMoved, volumeTakenFromLostNode } from './volumes.ts';
import {
  cascadingDeletion, evictionHeldBack, expectationExpired, finalizerHeld, identityMoved, nodeDrained, regionJoined, regionLeft, restarted, rolledBack, rollOutHalted, surgeReached, workloadMoved,
  zonesBlind,
} from './workloads.ts';

type Table = readonly Probe<PlatformSight>[];

const ofTheApi: Table = [
  ['watch-after-gap', 'a watch cannot go on because what it missed is not kept any more', (sight) => refusedWith(sight, 'gone')],
  ['relist-after-gap', 'whose watch cannot go on lists again', relisted],
  ['bookmark-used', 'a watch is taken up at a bookmark', bookmarkUsed],
  ['conflict-overcome', 'a write that met with another change comes through when it is tried again', conflictOvercome],
  ['finalizer-held', 'a finalizer holds a deletion up until its work is done', finalizerHeld],
];

/** What a platform at its usual work never meets with. */
const ofAnApiInAStorm: Table = [
  ['version-not-reached', 'an API server does not get to the version that it is asked for in time', (sight) => refusedWith(sight, 'too-large-version')],
  ['too-many-requests', 'an API server takes nothing more on, and says when to come back', (sight) => refusedWith(sight, 'too-many-requests')],
  ['list-in-pages', 'a list is read page by page', paged],
];

const ofThePlatform: Table = [
  ['leader-change-under-request', 'the store changes its leader while an operator waits for an answer', leaderChangeUnderRequest],
  ['lease-takeover', "a controller's lease passes from one process to another", leaseTakeover],
  ['deposed-alive', 'a lease passes on while the one that had it goes on', deposedAlive],
  ['paused-leader-resumed', 'a leader goes on after a pause in which another took over', pausedLeaderResumed],
  ['clock-steps-while-leading', 'the clock of one that holds a role jumps', clockStepsWhileLeading],
  ['action-fenced', 'an action of an old leader is refused because of its token', (sight) => refusedWith(sight, 'fenced')],
  ['quorum-regained', 'the store loses its majority and gets it back', quorumRegained],
  ['snapshot-installed', 'a member of the store that lags gets a snapshot', snapshotInstalled],
  ['unknown-outcome', 'an operator does not learn what became of its write', unknownOutcome],

  ['workload-moved', 'workloads of a node that counts as lost are made anew elsewhere', workloadMoved],
  ['identity-moved', 'a workload with a stable identity goes on on another node', identityMoved],
  ['workload-restarted', 'a workload ends by itself and is started again', restarted],
  ['cascading-deletion', 'what belongs to a deleted object is deleted after it', cascadingDeletion],
  ['expectation-expired', 'a controller does not see its own write in time, and lists anew', expectationExpired],
  ['eviction-held-back', 'a silent node is not given up yet, for the sake of its zone', evictionHeldBack],
  ['zones-blind', 'no node of any zone is heard of, and none is given up for it', zonesBlind],
  ['roll-out-resumed', 'a roll-out that was halted goes on', rollOutHalted],
  ['rolled-back', 'a deployment gets an image back that it had before', rolledBack],
  ['surge-reached', 'as many workloads stand during a roll-out as may', surgeReached],
  ['node-drained', 'the last workload leaves a node that is drained', nodeDrained],
  ['region-left', 'a region goes out of service', regionLeft],
  ['region-joined', 'a region comes back into service', regionJoined],

  ['volume-moved', 'a volume is attached to another node than before', volumeMoved],
  ['volume-taken-from-lost-node', 'a volume is detached from a node that nothing is heard of', volumeTakenFromLostNode],
  ['volume-held-in-use', 'a volume is deleted while it is attached, and waits', volumeHeldInUse],

  ['primary-replaced', 'a primary takes writes after another one has', primaryReplaced],
  ['old-primary-alive', 'a primary is replaced while its machine goes on', oldPrimaryAlive],
  ['epoch-refused', 'a write is refused because of its epoch', epochRefused],
  ['users-went-without', 'a user who has been served before is not', usersWentWithout],
  ['last-good-routes', 'a gateway serves users while the control plane has no majority', servedLastGood],
  ['backend-recovered', 'a backend that looked dead answers again', backendRecovered],
  ['dns-plan-raced', 'an enactor comes too late with its plan, or with its broom', planRaced],

  ['repetition-recognised', 'the cloud answers a repeated request with its first result', repetitionRecognised],
  ['records-dropped', 'telemetry is dropped, and counted, because nobody takes it', recordsDropped],
  ['image-from-elsewhere', "an image comes from another region's registry", imageFromElsewhere],
];

export function platformProbes(journalOf: JournalOf, callsOf: ApiCallsOf): readonly Property[] {
  return [...ofThePlatform, ...ofTheApi].map((line) => probeOf(line, journalOf, callsOf));
}

/** Of a world that is made for the API's machinery. */
export function apiStormProbes(journalOf: JournalOf, callsOf: ApiCallsOf): readonly Property[] {
  return [...ofTheApi, ...ofAnApiInAStorm].map((line) => probeOf(line, journalOf, callsOf));
}

function probeOf([name, title, watch]: Table[number], journalOf: JournalOf, callsOf: ApiCallsOf): Property {
  return probe(`platform/${name}`, title, (hit, scene) => watch({ hit, scene, journal: journalOf(scene), calls: callsOf(scene) }));
}
